package mail

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestUnwrap(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`<span class="dx-variable" data-var-value="UserKey"><span contenteditable="false">{UserKey}</span></span>`:            `{UserKey}`,
		"a<SPAN data-var-value='UserKey' CLASS='x dx-variable y'>\ufeff<span contenteditable=false>{X}</span>\ufeff</SPAN >b": `a{UserKey}b`,
		`<span class=dx-variable><span>{LicenseId}</span></span>`:                                                             `{LicenseId}`,
		`<span class="dx-variable" data-var-value="a>&quot;b">{x}</span>`:                                                     `{a&gt;&#34;b}`,
		`<a href="<span class='dx-variable'>">{x}</a>`:                                                                        `<a href="<span class='dx-variable'>">{x}</a>`,
		`<span class="dx-variables">{UserKey}</span>`:                                                                         `<span class="dx-variables">{UserKey}</span>`,
		`<span class="dx-variable">no end`:                                                                                    `<span class="dx-variable">no end`,
		`<span class="dx-variable"`:                                                                                           `<span class="dx-variable"`,
		`1 < 2 dx-variable <`:                                                                                                 `1 < 2 dx-variable <`,
		`<p>{UserKey}</p>`:                                                                                                    `<p>{UserKey}</p>`,
	} {
		if got := unwrap(in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	v := values{"A": "<{B}>", "B": "b", "ProductDownload": plainLink("javascript:alert(1)")}
	for in, want := range map[string]string{
		"{A}{B}": "&lt;{B}&gt;b", "{{A}}": "{&lt;{B}&gt;}", "{C} {a} { A } {A": "{C} {a} { A } {A", "%7BB%7d%7BB%7D%7bB%7d": "%7BB%7dbb",
		`<a href="{ProductDownload}">`: `<a href="">`, "ä{B}ä": "äbä",
	} {
		if got := v.fillHTML(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	if got := v.fill("{A} %7BB%7D", plain); got != "<{B}> %7BB%7D" {
		t.Errorf("text: %s", got)
	}
}

// FuzzFillHTML: no panic, and no value gets in unescaped, whatever the template.
func FuzzFillHTML(f *testing.F) {
	f.Add(`<span class="dx-variable" data-var-value="Evil"><span contenteditable="false">{Evil}</span></span>`)
	f.Add(`<span class=dx-variable><span {Evil} a='%7BEvil%7D'`)
	f.Add(`<a x=<a x="<span class="dx-variable"/></span></span>`)
	f.Fuzz(func(t *testing.T, text string) {
		const value = `<EVIL"'&>`
		got := values{"Evil": value}.fillHTML(text)
		if !strings.Contains(text, "EVIL") && strings.Contains(got, value) {
			t.Errorf("%q: %q", text, got)
		}
		if utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Errorf("%q: %q is not UTF-8", text, got)
		}
		if !strings.Contains(text, variableClass) && unwrap(text) != text {
			t.Errorf("%q was changed", text)
		}
	})
}

// TestUnwrapIsLinear: a text that is made to be slow is not. The square of its
// length would outlast the patience of any test run.
func TestUnwrapIsLinear(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{`<span class="dx-variable">`, `<a `, `<a x=`, `<a x="`, `<a x='`, `<a <b x=y`, `<span `, "<a b", `{`, `%7BA`, `<a y='" n'm="`} {
		text := "dx-variable" + strings.Repeat(unit, 1<<18/len(unit))
		if got := unwrap(text); len(got) > len(text) {
			t.Errorf("%q grew", unit)
		}
	}
}

func TestWhatAMailServerSaysIsClipped(t *testing.T) {
	t.Parallel()
	if got := clip(strings.Repeat("ä", 1000)); len(got) > maxError+len("…") || !utf8.ValidString(got) {
		t.Errorf("%d bytes", len(got))
	}
}
