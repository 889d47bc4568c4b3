package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTold(t *testing.T) {
	for english, dutch := range map[string]string{
		"1,234 other methods estimate from 1,096 to 1,851.5 people: the report and estimates.csv have them all":                               "1.234 andere methoden schatten van 1.096 tot 1.851,5 mensen: het rapport en estimates.csv hebben ze alle",
		"1 other method estimates 3,376 people: the report and estimates.csv have it":                                                         "1 andere methode schat 3.376 mensen: het rapport en estimates.csv hebben haar",
		"police and care: 7.1 matches are expected (so in 5 of 60 drawn linkages)":                                                            "police en care: er worden 7,1 koppelingen verwacht (zo in 5 van 60 getrokken koppelingen)",
		"police and care: compared by place alone; which of their records are of one person cannot be told, and no link between them is made": "police and care: alleen vergeleken op place; welke van hun records van één mens zijn is niet te zeggen, en er is niet tussen gekoppeld",
		"a sentence of another package":                                 "a sentence of another package",
		"politie: 1 record left out: outside the period (p.csv line 3)": "politie: 1 record weggelaten: buiten de periode (p.csv regel 3)",
	} {
		if got := Told("nl", english); got != dutch {
			t.Errorf("%q\nis told as %q\nwant       %q", english, got, dutch)
		}
		if got := Told("en", english); got != english {
			t.Errorf("%q is told as %q in English", english, got)
		}
	}
}

// Every phrase has words in a row that some package says: what changes there must change here.
func TestPhrasesAreSaid(t *testing.T) {
	var all strings.Builder
	for _, glob := range []string{"../linkage/*.go", "../study/*.go", "../tableio/*.go", "../../estimators/knownelsewhere/*.go", "../../estimators/loglinear/*.go", "../../estimators/*.go", "../../cmd/darkfigure/*.go"} {
		files, err := filepath.Glob(glob)
		if err != nil || len(files) == 0 {
			t.Fatal(glob, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(src)
		}
	}
	said := strings.ToLower(strings.ReplaceAll(all.String(), "%%", "%"))
	for _, p := range dutchLinkFacts {
		found := false
		for part := range strings.SplitSeq(strings.ToLower(p[0]), "{}") {
			words := strings.Fields(part)
			for i := 0; i+min(4, len(words)) <= len(words) && len(words) > 0 && !found; i++ {
				found = strings.Contains(said, strings.Join(words[i:i+min(4, len(words))], " "))
			}
		}
		if !found {
			t.Errorf("nobody says %q", p[0])
		}
		for i := range strings.Count(p[0], "{}") {
			if !strings.Contains(p[1], "$"+string(rune('1'+i))) {
				t.Errorf("%q loses its part %d in Dutch", p[0], i+1)
			}
		}
	}
}
