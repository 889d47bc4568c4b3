package report_test

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"darkfigure/estimators"
	"darkfigure/internal/report"
)

func htmlOf(t *testing.T, f int, lang string) (string, []byte) {
	t.Helper()
	x := fixtures()[f]
	var b bytes.Buffer
	if err := report.HTML(&b, x.r, report.Options{Language: lang}); err != nil {
		t.Fatal(err)
	}
	return x.name + "." + lang, b.Bytes()
}

func each(t *testing.T, do func(t *testing.T, name string, page []byte)) {
	for f := range fixtures() {
		for _, lang := range []string{"en", "nl"} {
			name, page := htmlOf(t, f, lang)
			t.Run(name, func(t *testing.T) { do(t, name, page) })
		}
	}
}

func attribute(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func walk(n *html.Node, do func(*html.Node)) {
	do(n)
	for c := range n.ChildNodes() {
		walk(c, do)
	}
}

// The tags of a page close in order, so that nothing depends on how a browser mends it.
func TestTagsAreBalanced(t *testing.T) {
	void := map[string]bool{"meta": true, "br": true, "wbr": true}
	each(t, func(t *testing.T, name string, page []byte) {
		z := html.NewTokenizer(bytes.NewReader(page))
		var open []string
		for {
			switch z.Next() {
			case html.ErrorToken:
				if len(open) > 0 {
					t.Errorf("left open: %v", open)
				}
				return
			case html.StartTagToken:
				if tag, _ := z.TagName(); !void[string(tag)] {
					open = append(open, string(tag))
				}
			case html.EndTagToken:
				tag, _ := z.TagName()
				if len(open) == 0 || open[len(open)-1] != string(tag) {
					t.Fatalf("</%s> closes %v", tag, open)
				}
				open = open[:len(open)-1]
			}
		}
	})
}

// Every page has a language, one h1, headings in order, names for every picture, heads with a scope in
// every table, links that lead somewhere, ids that are there once; it has no script and fetches nothing.
func TestPageIsAccessible(t *testing.T) {
	each(t, func(t *testing.T, name string, page []byte) {
		doc, err := html.Parse(bytes.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		ids, refs, links := map[string]int{}, []string{}, []string{}
		level, h1 := 0, 0
		hidden := func(n *html.Node) bool {
			for ; n != nil; n = n.Parent {
				if v, _ := attribute(n, "aria-hidden"); v == "true" {
					return true
				}
			}
			return false
		}
		walk(doc, func(n *html.Node) {
			if n.Type != html.ElementNode {
				return
			}
			if id, ok := attribute(n, "id"); ok {
				ids[id]++
			}
			if r, ok := attribute(n, "aria-labelledby"); ok {
				refs = append(refs, strings.Fields(r)...)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "srcset" || a.Key == "data" || a.Key == "action" || a.Key == "xlink:href" {
					t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
				}
			}
			switch n.Data {
			case "script", "iframe", "object", "embed", "link", "base", "form", "img", "details", "foreignObject":
				t.Errorf("<%s> in the page", n.Data)
			case "html":
				if l, _ := attribute(n, "lang"); l != name[strings.LastIndex(name, ".")+1:] {
					t.Errorf("the language of %s is %q", name, l)
				}
			case "a":
				href, _ := attribute(n, "href")
				switch {
				case strings.HasPrefix(href, "#"):
					links = append(links, href[1:])
				case !strings.HasPrefix(href, "https://doi.org/10."):
					t.Errorf("a link to %q", href)
				}
			case "h1", "h2", "h3", "h4":
				at := int(n.Data[1] - '0')
				if at > level+1 {
					t.Errorf("<%s> behind a heading of level %d", n.Data, level)
				}
				level = at
				if at == 1 {
					h1++
				}
			case "svg":
				titled := false
				for c := range n.ChildNodes() {
					titled = titled || c.Data == "title" && c.FirstChild != nil && len(c.FirstChild.Data) > 10
				}
				if role, _ := attribute(n, "role"); role == "img" && !titled || role != "img" && !hidden(n) && !inPicture(n) {
					t.Errorf("a picture without a name")
				}
			case "th":
				if s, _ := attribute(n, "scope"); s == "" {
					t.Errorf("a head of a table without scope")
				}
			case "p", "li":
				if n.FirstChild == nil {
					t.Errorf("an empty <%s>", n.Data)
				}
			}
		})
		if h1 != 1 {
			t.Errorf("%d h1", h1)
		}
		for id, n := range ids {
			if n > 1 {
				t.Errorf("the id %q %d times", id, n)
			}
		}
		for _, id := range append(refs, links...) {
			if ids[id] == 0 {
				t.Errorf("nothing has the id %q", id)
			}
		}
		text := string(page)
		for _, bad := range []string{"NaN", "Inf", "%!", "url(", "@import", "∞%"} {
			if strings.Contains(strings.ReplaceAll(text, "Info", ""), bad) {
				t.Errorf("%q in the page", bad)
			}
		}
		if m := regexp.MustCompile(`(?i)https?://[^"<\s]*`).FindAllString(text, -1); len(m) > 0 {
			for _, u := range m {
				if !strings.HasPrefix(u, "https://doi.org/10.") {
					t.Errorf("the address %s", u)
				}
			}
		}
	})
}

// inPicture reports whether an svg stands in another.
func inPicture(n *html.Node) bool {
	for n = n.Parent; n != nil; n = n.Parent {
		if n.Data == "svg" {
			return true
		}
	}
	return false
}

// Names from the data are text and nothing else.
func TestNamesAreInert(t *testing.T) {
	for f, x := range fixtures() {
		if x.name != "hostile" {
			continue
		}
		for _, lang := range []string{"en", "nl"} {
			_, page := htmlOf(t, f, lang)
			for _, bad := range []string{"<script", "<i>", "</code>\"", "\x1b"} {
				if bytes.Contains(page, []byte(bad)) {
					t.Errorf("%q reached the page", bad)
				}
			}
			if !bytes.Contains(page, []byte("&lt;script&gt;alert(1)&lt;/script&gt;")) || !bytes.Contains(page, []byte("<bdi>قائمة الشرطة</bdi>")) {
				t.Error("a name is not as it was given")
			}
			var md bytes.Buffer
			if err := report.Markdown(&md, x.r, report.Options{Language: lang}); err != nil {
				t.Fatal(err)
			}
			for _, bad := range []string{"<script", "<i>", "\x1b", "\n# h", "| *b*"} {
				if strings.Contains(md.String(), bad) {
					t.Errorf("%q reached the Markdown", bad)
				}
			}
		}
	}
}

// Names written from right to left stay what they are in every form, and turn nothing round.
func TestRightToLeft(t *testing.T) {
	lists := []string{"قائمة الشرطة", "משטרה", "רווחה", "المدارس", "GP"}
	r := uk5CompareNamed(lists)
	for _, do := range []func(io.Writer, estimators.Results, report.Options) error{report.Text, report.Markdown, report.HTML} {
		var b bytes.Buffer
		if err := do(&b, r, report.Options{}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "\ufffd") || !strings.Contains(b.String(), "משטרה") {
			t.Error("a name is not as it was given")
		}
	}
}

// The same results give the same bytes.
func TestDeterministic(t *testing.T) {
	for f := range fixtures() {
		_, a := htmlOf(t, f, "en")
		_, b := htmlOf(t, f, "en")
		if !bytes.Equal(a, b) {
			t.Errorf("%s: two pages differ", fixtures()[f].name)
		}
	}
}

// Text in every colour of the palettes has a contrast of at least 4.5 to 1 with the page and the panel
// (WCAG 2.2, success criterion 1.4.3).
func TestContrast(t *testing.T) {
	palettes := regexp.MustCompile(`:root\{(--bg:[^}]*)`).FindAllStringSubmatch(report.Stylesheet(), -1)
	if len(palettes) != 3 {
		t.Fatalf("%d palettes, not light, dark and paper", len(palettes))
	}
	for i, p := range palettes {
		colour := map[string]float64{}
		for _, m := range regexp.MustCompile(`--(\w+):(#[0-9a-f]{6})`).FindAllStringSubmatch(p[1], -1) {
			colour[m[1]] = luminance(t, m[2])
		}
		for _, ink := range []string{"ink", "ink2", "b", "o", "g", "red", "amb"} {
			for _, ground := range []string{"bg", "panel"} {
				if r := contrast(colour[ink], colour[ground]); colour[ink] == 0 && ink != "ink" || r < 4.5 {
					t.Errorf("palette %d: %s on %s has a contrast of %.2f", i, ink, ground, r)
				}
			}
		}
	}
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	l := 0.0
	for i, weight := range []float64{.2126, .7152, .0722} {
		v, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(v) / 255
		if c <= .04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+.055)/1.055, 2.4)
		}
		l += weight * c
	}
	return l
}

func contrast(a, b float64) float64 { return (math.Max(a, b) + .05) / (math.Min(a, b) + .05) }

func TestMarkdownGolden(t *testing.T) {
	for _, x := range fixtures() {
		if x.name == "ten-lists" {
			continue
		}
		for _, lang := range []string{"en", "nl"} {
			var b bytes.Buffer
			if err := report.Markdown(&b, x.r, report.Options{Language: lang}); err != nil {
				t.Fatal(err)
			}
			if lang == "en" || x.name == "uk5" {
				golden(t, fmt.Sprintf("%s.%s.md", x.name, lang), b.Bytes())
			}
		}
	}
}

func TestUnknownLanguage(t *testing.T) {
	if err := report.HTML(&bytes.Buffer{}, uk5(), report.Options{Language: "fr"}); err == nil || !strings.Contains(err.Error(), "en and nl") {
		t.Errorf("language fr: %v", err)
	}
}
