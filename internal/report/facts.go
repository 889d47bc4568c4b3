package report

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// fact is a sentence that came with the results, in the language of the page when it has words for it; foreign says that it has none,
// and the sentence is English. Numbers in it are written as the language writes them.
func (v *view) fact(s string) (said prose, foreign bool) {
	if v.code == "en" {
		return v.text(s), false
	}
	rest := strings.TrimSuffix(strings.TrimSpace(clean(s)), ".")
	tail := ""
	if m := soIn.FindStringSubmatch(rest); m != nil {
		rest, tail = m[1], " (zo in "+v.number(m[2])+" van "+v.number(m[3])+" getrokken koppelingen"
		if m[4] != "" {
			tail += ", met de cijfers van de eerste daarvan"
		}
		tail += ")"
	}
	if m := ofModel.FindStringSubmatch(rest); m != nil {
		if said, foreign := v.fact(m[2]); !foreign {
			return prose(m[1]) + ": " + said + v.text(tail), false
		}
	}
	for _, end := range dutchEnds {
		base, has := strings.CutSuffix(rest, end[0])
		if !has {
			continue
		}
		if said, foreign := v.fact(base); !foreign {
			return said + v.text(end[1]+tail), false
		}
	}
	for _, f := range facts() {
		m := f.english.FindStringSubmatch(rest)
		if m == nil {
			continue
		}
		out := f.dutch
		for i := len(m) - 1; i > 0; i-- {
			out = strings.ReplaceAll(out, "$"+string(rune('0'+i)), v.part(m[i]))
		}
		return v.text(out + tail), false
	}
	return v.text(s), true
}

// said is a fact, wherever it is English.
func (v *view) said(s string) prose {
	said, _ := v.fact(s)
	return said
}

// Told is a sentence that came with results, in a language of the report; it is left as it is when there are no words for it.
func Told(language, s string) string {
	l, err := languageOf(language)
	if err != nil || l.code == "en" {
		return s
	}
	said, foreign := (&view{language: l}).fact(s)
	if foreign {
		return s
	}
	return said.plain()
}

// part is what a sentence says of something: a number, a sentence of its own, or a name.
func (v *view) part(s string) string {
	if levels.MatchString(s) {
		pairs := strings.Split(s, "; ")
		for i, p := range pairs {
			at := strings.LastIndex(p, ": ") + 2
			pairs[i] = p[:at] + v.number(p[at:])
		}
		return strings.Join(pairs, "; ")
	}
	if strings.Contains(s, " ") && !numeric.MatchString(s) {
		if said, foreign := v.fact(s); !foreign {
			return said.plain()
		}
	}
	return v.number(s)
}

var soIn = regexp.MustCompile(`^(.*) \(so in ([\d,]+) of ([\d,]+) drawn linkages(, with the figures of the first of them)?\)$`)

// ofModel is a sentence behind the model that it is about.
var ofModel = regexp.MustCompile(`^(\[.+?\]): (.+)$`)

// numeric is a number, a number of people, or a range of them; anything else may be a name, and stays as it is.
var numeric = regexp.MustCompile(`^(θ = |= |< |> )?[-−]?\d[\d,.]*%?( people| person)?( (to|and) -?\d[\d,.]*%?( people)?)*$`)

// levels are numbers with what they are of: 2019: 4,128; 2020: 4,725.
var levels = regexp.MustCompile(`^[^;]+: -?\d[\d,.]*(; [^;]+: -?\d[\d,.]*)+$`)

var anyNumber = regexp.MustCompile(`\d[\d,]*(\.\d+)?`)

// number writes a number in a piece of an English sentence as the language does, with the words around it.
func (v *view) number(s string) string {
	if !numeric.MatchString(s) {
		return s
	}
	s = anyNumber.ReplaceAllStringFunc(s, func(x string) string {
		whole, frac, has := strings.Cut(x, ".")
		out := strings.ReplaceAll(whole, ",", v.thousands)
		if has {
			out += v.decimal + frac
		}
		return out
	})
	return strings.NewReplacer(" people", " mensen", " person", " mens", " to ", " tot ", " and ", " en ").Replace(s)
}

type dutchFact struct {
	english *regexp.Regexp
	dutch   string
}

// facts are the sentences of dutchFacts, dutchLinkFacts and dutchMultiplierFacts, in which {} stands for anything and $1, $2, … for what it stood for; those with most words of
// their own come first.
var facts = sync.OnceValue(func() []dutchFact {
	var out []dutchFact
	sorted := slices.Concat(dutchFacts, dutchLinkFacts, dutchMultiplierFacts)
	slices.SortStableFunc(sorted, func(a, b [2]string) int {
		return len(strings.ReplaceAll(b[0], "{}", "")) - len(strings.ReplaceAll(a[0], "{}", ""))
	})
	for _, f := range sorted {
		parts := strings.Split(f[0], "{}")
		for i, p := range parts {
			parts[i] = regexp.QuoteMeta(p)
		}
		out = append(out, dutchFact{regexp.MustCompile("^(?i:" + strings.Join(parts, ")(.+?)(?i:") + ")$"), f[1]})
	}
	return out
})
