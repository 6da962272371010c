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
			b.until("Activation key")
			b.press("AB1CD-EF2GH-IJ3KL-WRONG")
			b.leads(kb.Enter)
			picture("2-wrong-key")
			b.has("alert", "", "")
			b.has("textbox", "Activation key", "There is no such activation key")
			b.until("Activation key")

			b.do(chromedp.Navigate(h.url + "/activate"))
			b.until("Activation key")
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
			b.until("Ethernet")
			if eval[string](b, `document.activeElement.value`) != "48-2C" || eval[string](b, `document.activeElement.getAttribute("aria-invalid")`) != "true" {
				t.Error("the field does not say that it is wrong")
			}
			b.do(chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`))
			b.press("48-2C-6A-1E-59-3D, 00:11:22:33:44:55")
			b.leads(kb.Enter)
			picture("5-license")
			b.until("Your license is ready")
			b.has("region", "Your license is ready", "")
			b.has("region", "Text of the license", "")
			b.tabTo("Download license_2026_03_01-12_00.lic")
			b.tabTo("Text of the license")

			b.tabTo("Ethernet")
			b.press("0000000000ee") // it takes its time: the page waits, and then asks again by itself
			b.press(kb.Enter)
			b.until("Your license is being made")
			picture("6-waiting")
			h.books.letGo()
			b.until("Your license is ready")
			b.fits()
			b.tabTo("Ethernet")
			b.press("aaaaaaaaaaaa")
			b.leads(kb.Enter)
			picture("7-exhausted")
			b.until("That did not workAll activations of this key are in use. Deactivate a machine below first, or ask the vendor of the software for more.")
			b.tabTo("Deactivate…")
			b.press(kb.Enter)
			picture("8-deactivate")
			b.tabTo("Deactivate this machine")
			b.has("button", "Deactivate this machine", "00:00:00:00:00:ee")
			b.leads(kb.Enter)
			picture("9-deactivated")
			b.until("Deactivated: Ethernet 00:00:00:00:00:ee. Delete its license file from that machine.")
			b.tabTo("Show the license")
			b.leads(kb.Enter)
			b.until("Your license is ready")
			if n := eval[int](b, `document.querySelectorAll("details").length`); n != 0 {
				t.Error("a license can be given back though no deactivations are left")
			}
			b.tabTo("Ethernet")
			b.press("0000000000ff")
			b.leads(kb.Enter)
			picture("10-failed")
			b.until("The license could not be made")
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
	b.until("Activation key")
	b.press(key)
	b.leads(kb.Enter)
	b.has("heading", "Licstat 6.0", "")
	b.tabTo("Ethernet")
	b.press("48-2C-6A-1E-59-3D")
	b.leads(kb.Enter)
	b.picture("dark")
	b.until("Your license is ready")
	if eval[bool](b, "isSecureContext") {
		t.Error("that was no test of a host without TLS")
	}
}
