package activatepage_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browser is a tab of a headless Chromium. It sees the page as people do: keys
// go in, the accessibility tree and pictures come out.
type browser struct {
	t   testing.TB
	ctx context.Context
}

func newBrowser(t testing.TB, width int64, flags ...chromedp.ExecAllocatorOption) *browser {
	t.Helper()
	ctx, cancel := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(append(flags, chromedp.NoSandbox)...))
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx}
	b.do(chromedp.EmulateViewport(width, 900))
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// leads presses keys that lead to another page, and waits for that.
func (b *browser) leads(keys string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 2*time.Minute)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.KeyEvent(keys)); err != nil {
		b.t.Fatalf("after %q: %v", keys, err)
	}
	b.fits()
}

func (b *browser) press(keys string) { b.t.Helper(); b.do(chromedp.KeyEvent(keys)) }

// tabTo presses the tab key until what is named so has the focus.
func (b *browser) tabTo(name string) {
	b.t.Helper()
	var passed []string
	for range 60 {
		b.press(kb.Tab)
		at := b.focused()
		if strings.HasPrefix(at, name) {
			return
		}
		passed = append(passed, at)
	}
	b.t.Fatalf("the tab key does not lead to %q but past %q", name, passed)
}

func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatal(expression, err)
	}
	return v
}

// node is what a screen reader is told of a part of the page.
type node struct{ role, name, description string }

func text(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	return strings.Trim(string(v.Value), `"`)
}

// tree is the page as a screen reader has it.
func (b *browser) tree() (all []node) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		r, err := cdp.Call(ctx, t, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		if err != nil {
			return err
		}
		for _, n := range r.Nodes {
			if !n.Ignored {
				all = append(all, node{text(n.Role), text(n.Name), text(n.Description)})
			}
		}
		return nil
	}))
	return all
}

// has says whether a screen reader finds a part; its name may be cut short, and
// its description hold more.
func (b *browser) has(role, name, description string) {
	b.t.Helper()
	tree := b.tree()
	for _, n := range tree {
		if n.role == role && strings.HasPrefix(n.name, name) && strings.Contains(n.description, description) {
			return
		}
	}
	b.t.Errorf("no %s %q, %q in %q", role, name, description, tree)
}

// focus is the name of what has the focus, as a screen reader says it.
const focus = `(() => { const e = document.activeElement;
	const by = e.getAttribute("aria-labelledby");
	const label = by ? document.getElementById(by) : e.labels && e.labels[0] || e;
	return label === document.body ? "" : label.textContent.trim(); })()`

func (b *browser) focused() string { b.t.Helper(); return eval[string](b, focus) }

// until waits for what is named so to have the focus, on whatever page.
func (b *browser) until(name string) {
	b.t.Helper()
	var at string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var err error
		if at, err = chromedp.Run(b.ctx, chromedp.Evaluate[string](focus)); err == nil && at == name { // a page that goes away has no answer
			return
		}
	}
	b.t.Fatalf("the focus is on %q, not on %q", at, name)
}

// fits: nothing is wider than the window.
func (b *browser) fits() {
	b.t.Helper()
	if wide := eval[[]float64](b, `[document.scrollingElement.scrollWidth, window.innerWidth]`); wide[0] > wide[1] {
		b.t.Errorf("the page is %v wide, the window %v", wide[0], wide[1])
	}
}

// picture keeps how the page looks where LICET_PICTURES names a folder for that.
func (b *browser) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("LICET_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}
