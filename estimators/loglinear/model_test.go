package loglinear_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
)

func TestParseModel(t *testing.T) {
	lists := []string{"LA", "NG", "PF", "GO"}
	for in, want := range map[string]string{
		"[12,23]":         "[LA*NG,NG*PF,GO]",
		"[LA*NG,NG*PF]":   "[LA*NG,NG*PF,GO]",
		"[12][23]":        "[LA*NG,NG*PF,GO]",
		"12,3":            "[LA*NG,PF,GO]",
		"[]":              "[LA,NG,PF,GO]",
		"":                "[LA,NG,PF,GO]",
		"[1,2,3,4]":       "[LA,NG,PF,GO]",
		"[123,12]":        "[LA*NG*PF,GO]",
		"[ NG*LA , PF ]":  "[LA*NG,PF,GO]",
		"[GO*1]":          "[LA*GO,NG,PF]",
		"[321]":           "[LA*NG*PF,GO]",
		"[34,12,124,1,2]": "[LA*NG*GO,PF*GO]",
	} {
		m, err := loglinear.ParseModel(in, lists)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if got := m.Format(lists); got != want {
			t.Errorf("%q is %s, not %s", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"[15]": "neither one of the lists", "[LA*XX]": "not one of the lists", "[11]": "twice", "[LA*LA]": "twice",
		"[1234]": "all 4 lists", "[12": "brackets", "[1-2]": "neither",
	} {
		if _, err := loglinear.ParseModel(in, lists); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", in, err)
		}
	}
	ten := strings.Split("a b c d e f g h i j", " ")
	m, err := loglinear.ParseModel("[1*10,a*b]", ten)
	if err != nil || m.String() != "[1*2,1*10]" {
		t.Errorf("%v, %v", m, err)
	}
	twelve := append(ten, "k", "l")
	if _, err := loglinear.ParseModel("[12]", twelve); err == nil || !strings.Contains(err.Error(), "1*2") {
		t.Errorf("list 12 or lists 1 and 2: %v", err)
	}
}

// A model that is written is read again as itself, by numbers and by names.
func TestModelsAreReadAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 12).Draw(t, "lists")
		lists := strings.Split("police care chat K L M N O P Q R S", " ")[:k]
		var terms []estimators.Pattern
		for range rapid.IntRange(0, 6).Draw(t, "generators") {
			terms = append(terms, estimators.Pattern(rapid.Uint32Range(1, 1<<k-2).Draw(t, "term")))
		}
		m, err := loglinear.NewModel(k, terms...)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{m.String(), m.Format(lists)} {
			back, err := loglinear.ParseModel(text, lists)
			if err != nil || !back.Equal(m) {
				t.Fatalf("%s comes back as %v (%v)", text, back, err)
			}
		}
		for _, term := range m.Terms() {
			for s := (term - 1) & term; s != 0; s = (s - 1) & term {
				if !m.Has(s) {
					t.Fatalf("%s has %b and not %b", m, term, s)
				}
			}
		}
	})
}

func FuzzParseModel(f *testing.F) {
	for _, seed := range []string{"[12,23]", "[LA*NG,NG*PF]", "[12][3]", "", "[", "][", "*", "[,]", "[1*2*3]"} {
		f.Add(seed)
	}
	lists := []string{"LA", "NG", "PF", "GO"}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := loglinear.ParseModel(s, lists)
		if err != nil {
			return
		}
		back, err := loglinear.ParseModel(m.Format(lists), lists)
		if err != nil || !back.Equal(m) {
			t.Fatalf("%q is %s, which comes back as %v (%v)", s, m, back, err)
		}
	})
}
