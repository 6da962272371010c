package activatepage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestTheWalk goes through the page with the keyboard alone, at the width of a
// phone and of a desk: a wrong key, the right one, a wrong HostID, a license, a
// second one, none left, giving one back, none left to give back.
func TestTheWalk(t *testing.T) {
	t.Parallel()
	for _, width := range []int64{400, 1200} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			b := newBrowser(t, width)
			picture := func(name string) { b.picture(fmt.Sprintf("%d-%s", width, name)) }
			b.do(chromedp.Navigate(h.url + "/activate"))
			b.fits()
			picture("1-key")
			b.has("textbox", "Activation key", "Twenty letters and digits")
			if at := b.focused(); at != "Activation key" {
				t.Errorf("the focus is on %q", at)
			}
			b.press("AB1CD-EF2GH-IJ3KL-WRONG")
			b.leads(kb.Enter)
			picture("2-wrong-key")
			b.has("alert", "", "")
			b.has("textbox", "Activation key", "There is no such activation key")
			if at := b.focused(); at != "Activation key" {
				t.Errorf("the focus is on %q", at)
			}

			b.do(chromedp.Navigate(h.url + "/activate"))
			b.press("ab1cd ef2gh ij3kl mn4op")
			b.leads(kb.Enter)
			picture("3-order")
			b.has("heading", "Licstat 6.0", "")
			b.has("textbox", "Ethernet", "48-2C-6A-1E-59-3D")
			b.has("combobox", "IP Address", "Optional")
			b.tabTo("Ethernet")
			b.press("48-2C")
			b.leads(kb.Enter)
			picture("4-wrong-hostid")
			b.has("textbox", "Ethernet", "is not an address of 12 hexadecimal digits")
			if at := b.focused(); at != "Ethernet" || eval[string](b, `document.activeElement.value`) != "48-2C" || eval[string](b, `document.activeElement.getAttribute("aria-invalid")`) != "true" {
				t.Errorf("the focus is on %q", at)
			}
			b.do(chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`))
			b.press("48-2C-6A-1E-59-3D, 00:11:22:33:44:55")
			b.leads(kb.Enter)
			picture("5-license")
			if at := b.focused(); at != "Your license is ready" {
				t.Errorf("the focus is on %q", at)
			}
			b.has("region", "Your license is ready", "")
			b.has("region", "Text of the license", "")
			b.tabTo("Download license_2026_03_01-12_00.lic")
			b.tabTo("Text of the license")

			b.tabTo("Ethernet")
			b.press("0000000000ee") // it takes its time: the page waits, and then asks again by itself
			b.leads(kb.Enter)
			if at := b.focused(); at != "Your license is being made" {
				t.Errorf("the focus is on %q", at)
			}
			picture("6-waiting")
			b.leads("")
			if at := b.focused(); at != "Your license is ready" {
				t.Errorf("the focus is on %q", at)
			}
			b.tabTo("Ethernet")
			b.press("aaaaaaaaaaaa")
			b.leads(kb.Enter)
			picture("7-exhausted")
			if at := b.focused(); !strings.Contains(at, "All activations of this key are in use") {
				t.Errorf("the focus is on %q", at)
			}
			b.tabTo("Deactivate…")
			b.press(kb.Enter)
			picture("8-deactivate")
			b.tabTo("Deactivate this machine")
			b.has("button", "Deactivate this machine", "00:00:00:00:00:ee")
			b.leads(kb.Enter)
			picture("9-deactivated")
			if at := b.focused(); at != "Deactivated: Ethernet 00:00:00:00:00:ee. Delete its license file from that machine." {
				t.Errorf("the focus is on %q", at)
			}
			b.tabTo("Show the license")
			b.leads(kb.Enter)
			if at := b.focused(); at != "Your license is ready" {
				t.Errorf("the focus is on %q", at)
			}
			if n := eval[int](b, `document.querySelectorAll("details").length`); n != 0 {
				t.Error("a license can be given back though no deactivations are left")
			}
			b.tabTo("Ethernet")
			b.press("0000000000ff")
			b.leads(kb.Enter)
			picture("10-failed")
			if at := b.focused(); at != "The license could not be made" {
				t.Errorf("the focus is on %q", at)
			}
		})
	}
}

// TestWithoutTLS: on a host of a network without TLS, browsers do not say by
// Sec-Fetch-Site where a form is from; the page works all the same. In the dark,
// to see that too.
func TestWithoutTLS(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := newBrowser(t, 400, chromedp.Flag("host-resolver-rules", "MAP licet.test 127.0.0.1"), chromedp.Flag("blink-settings", "preferredColorScheme=0"))
	b.do(chromedp.Navigate(strings.Replace(h.url, "127.0.0.1", "licet.test", 1) + "/activate"))
	b.press(key)
	b.leads(kb.Enter)
	b.has("heading", "Licstat 6.0", "")
	b.tabTo("Ethernet")
	b.press("48-2C-6A-1E-59-3D")
	b.leads(kb.Enter)
	b.picture("dark")
	if at := b.focused(); at != "Your license is ready" || eval[bool](b, "isSecureContext") {
		t.Errorf("the focus is on %q", at)
	}
}
