package report_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"darkfigure/internal/report"
)

// browser starts a Chromium, or skips the test when there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser is slow to start; run without -short")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium on this machine: install the package chromium to run this test")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", false))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

// Every page fits a desktop and a phone without sideways scrolling, in both languages, fetches nothing,
// and prints. With REPORT_PAGES set to a folder, pictures are left there to be looked at.
func TestBrowser(t *testing.T) {
	ctx := browser(t)
	pages := map[string][]byte{}
	var mu sync.Mutex
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Path)
		mu.Unlock()
		body, ok := pages[strings.TrimPrefix(r.URL.Path, "/")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(body)
	}))
	defer server.Close()
	dir, only := os.Getenv("REPORT_PAGES"), os.Getenv("REPORT_ONLY")
	for _, f := range fixtures() {
		for _, lang := range []string{"en", "nl"} {
			name := f.name + "." + lang
			if only != "" && !strings.HasPrefix(name, only) {
				continue
			}
			var b bytes.Buffer
			if err := report.HTML(&b, f.r, report.Options{Language: lang}); err != nil {
				t.Fatal(err)
			}
			pages[name] = b.Bytes()
		}
	}
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		for _, width := range []int64{1280, 390} {
			do(t, ctx, chromedp.EmulateViewport(width, 900))
			do(t, ctx, chromedp.Navigate(server.URL+"/"+name))
			scroll := do(t, ctx, chromedp.Evaluate[int64](`document.scrollingElement.scrollWidth`))
			inner := do(t, ctx, chromedp.Evaluate[int64](`innerWidth`))
			beyond := do(t, ctx, chromedp.Evaluate[string](`[...document.querySelectorAll('body *')]
				.filter(e => !e.closest('.scroll,.vh,.skip') && e.getBoundingClientRect().right > innerWidth + 1)
				.map(e => e.tagName + '.' + (e.className.baseVal ?? e.className) + ' ' + e.textContent.slice(0, 40)).slice(0, 3).join(' | ')`))
			if width == 390 {
				// The widest of the faces that the page may meet.
				do(t, ctx, chromedp.Evaluate[bool](`(() => { document.head.appendChild(document.createElement('style')).textContent = '*,svg text{font-family:"DejaVu Sans"!important}'; return true })()`))
				scroll = max(scroll, do(t, ctx, chromedp.Evaluate[int64](`document.scrollingElement.scrollWidth`)))
				if dir != "" {
					keep(t, dir, name+".wide.png", do(t, ctx, chromedp.FullScreenshot(100)))
				}
			}
			if scroll > inner || inner > width {
				t.Errorf("%s at %d: scrolls sideways: %d wide in %d", name, width, scroll, inner)
			}
			if beyond != "" {
				t.Errorf("%s at %d: beyond the right edge: %s", name, width, beyond)
			}
			if dir != "" {
				keep(t, dir, fmt.Sprintf("%s.%d.png", name, width), do(t, ctx, chromedp.FullScreenshot(100)))
			}
		}
		if dir == "" {
			continue
		}
		do(t, ctx, chromedp.EmulateViewport(1280, 900))
		do(t, ctx, dark(true))
		keep(t, dir, name+".dark.png", do(t, ctx, chromedp.FullScreenshot(100)))
		do(t, ctx, dark(false))
		keep(t, dir, name+".pdf", do(t, ctx, chromedp.PrintToPDF(func(p *page.PrintToPDFParams) { p.PrintBackground, p.PreferCSSPageSize = new(true), new(true) })))
	}
	for _, path := range asked {
		if pages[strings.TrimPrefix(path, "/")] == nil && path != "/favicon.ico" {
			t.Errorf("a page asked for %s", path)
		}
	}
}

// do runs an action of the browser.
func do[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// dark asks for the dark palette, or no longer.
func dark(on bool) chromedp.Action[cdp.Empty] {
	return func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
		var p emulation.SetEmulatedMediaParams
		if on {
			p.Features = []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}
		}
		return cdp.Call(ctx, target, emulation.SetEmulatedMedia, p)
	}
}

func keep(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if dir == "" || len(data) == 0 {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}
