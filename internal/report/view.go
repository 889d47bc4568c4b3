package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"darkfigure/estimators"
)

// A view is what the three forms have in common: the results, the language, and what
// has been worked out from them.
type view struct {
	*language
	r      estimators.Results
	title  prose
	lists  []string // names of the lists, as given
	short  []string // the same where room is scarce: different from each other
	groups []group
	cards  map[string]estimators.Method

	chosen      prose               // how models were chosen, where the estimates do not say it
	inhabitants bool                // how many people live where was given
	protected   *estimators.Linkage // registers were linked, and nothing but words may be said of it; nil: no
}

// A group is the estimates of one stratum; without strata there is one group.
type group struct {
	labels    []estimators.Label
	estimates []estimators.Estimate
	head      int // index of the estimate in the headline, -1 when there is none
}

func newView(r estimators.Results, opt Options) (*view, error) {
	l, err := languageOf(opt.Language)
	if err != nil {
		return nil, err
	}
	v := &view{language: l, r: r, lists: r.Data.Lists, short: shortNames(r.Data.Lists), cards: map[string]estimators.Method{}}
	for _, c := range r.Cards {
		family, _ := v.fact(c.Family)
		c.Family = family.plain()
		v.cards[c.Name] = c
	}
	v.title = prose(clean(opt.Title))
	if l := r.Linkage; v.title == "" && l != nil && l.Study != "" {
		v.title = name(l.Study)
	}
	if v.title == "" {
		v.title = name(r.Data.Source)
		if r.Data.Source == "" || r.Data.Source == "-" {
			v.title = l.say("standard-input")
		}
	}
	if p := clean(r.Data.Period); p != "" && !strings.Contains(v.title.plain(), p) {
		v.title += ", " + name(p)
	}
	v.groups = byStratum(withoutLimits(r.Estimates), len(r.Data.Lists))
	return v, nil
}

// stamp says who is counted, and in which period, as far as is known.
func (v *view) stamp() prose {
	var parts []prose
	if d := v.r.Data.Definition; d != "" {
		parts = append(parts, v.say("vis-definition", name(d)))
	}
	if p := v.r.Data.Period; p != "" {
		parts = append(parts, v.say("vis-period", name(p)))
	}
	return join(parts, " ")
}

// withoutLimits takes away the upper limits that come from a formula alone: those of an estimate that warns that the data
// set none though each of its intervals has one.
func withoutLimits(estimates []estimators.Estimate) []estimators.Estimate {
	out := slices.Clone(estimates)
	for i, e := range out {
		if !warns(e, "unbounded-upper") || slices.ContainsFunc(e.Intervals, estimators.Interval.Unbounded) {
			continue
		}
		out[i].Intervals = slices.Clone(e.Intervals)
		for j := range out[i].Intervals {
			out[i].Intervals[j].Upper = math.Inf(1)
		}
	}
	return out
}

// warns reports whether an estimate carries a warning with a code.
func warns(e estimators.Estimate, code string) bool {
	return slices.ContainsFunc(e.Warnings, func(w estimators.Warning) bool { return w.Code == code })
}

// byStratum gathers the estimates of each stratum, in the order they come.
func byStratum(estimates []estimators.Estimate, lists int) []group {
	var out []group
	for _, e := range estimates {
		i := slices.IndexFunc(out, func(g group) bool { return slices.Equal(g.labels, e.Stratum) })
		if i < 0 {
			i = len(out)
			out = append(out, group{labels: e.Stratum})
		}
		out[i].estimates = append(out[i].estimates, e)
	}
	for i := range out {
		out[i].head = headOf(out[i].estimates, lists)
	}
	return out
}

// headOf chooses the estimate for the headline: with two lists Chapman's; else the first one that
// came out of a selection among models; else the first that is not a lower bound, else the first.
// When the usual method (Chapman's, the log-linear model, or the sources combined) was asked for and refused, there is no headline: no
// other method takes its place unasked.
func headOf(estimates []estimators.Estimate, lists int) int {
	const combined = "multipliers" // whose sources are no substitute for it
	usual := "loglinear"
	if lists == 2 {
		usual = "chapman"
	}
	if slices.ContainsFunc(estimates, func(e estimators.Estimate) bool {
		return (e.Method == usual || e.Method == combined) && e.Status == estimators.Refused
	}) {
		return -1
	}
	rank := func(e estimators.Estimate) int {
		switch {
		case e.Status == estimators.Refused:
			return 9
		case lists == 2 && e.Method == "chapman":
			return 0
		case e.Selection != nil && e.Selection.Criterion != "fixed":
			return 1
		case !e.LowerBound:
			return 2
		}
		return 3
	}
	best, at := 9, -1
	for i, e := range estimates {
		if k := rank(e); k < best {
			best, at = k, i
		}
	}
	return at
}

// Headline is the estimate for everybody that a report puts first; ok is false when there is none.
func Headline(r estimators.Results) (e estimators.Estimate, ok bool) {
	everybody := slices.DeleteFunc(slices.Clone(r.Estimates), func(e estimators.Estimate) bool { return len(e.Stratum) > 0 })
	if at := headOf(everybody, len(r.Data.Lists)); at >= 0 {
		return everybody[at], true
	}
	return estimators.Estimate{}, false
}

// total is the group without labels, which stands for everybody; nil when there is none.
func (v *view) total() *group {
	for i := range v.groups {
		if len(v.groups[i].labels) == 0 {
			return &v.groups[i]
		}
	}
	return nil
}

// strata are the groups with labels.
func (v *view) strata() []group {
	return slices.DeleteFunc(slices.Clone(v.groups), func(g group) bool { return len(g.labels) == 0 })
}

// A stand is a section about a group of people, or about several of which nothing could be estimated for one and the same reason.
type stand []group

// stands are the sections about the strata, in their order.
func (v *view) stands() []stand {
	var out []stand
	for _, g := range v.strata() {
		i := -1
		if a := v.answer(g); a.estimate == nil && !a.some {
			i = slices.IndexFunc(out, func(s stand) bool {
				a := v.answer(s[0])
				return a.estimate == nil && !a.some && v.leadRefused(s[0]) == v.leadRefused(g)
			})
		}
		if i < 0 {
			out = append(out, stand{g})
		} else {
			out[i] = append(out[i], g)
		}
	}
	return out
}

// standing names the groups of a section; many are counted.
func (v *view) standing(s stand) prose {
	if len(s) > 4 {
		return v.say("stand-many", v.count(int64(len(s))))
	}
	var names []prose
	for _, g := range s {
		names = append(names, v.label(g))
	}
	return join(names, "; ")
}

// standHead is its first sentence.
func (v *view) standHead(s stand) prose {
	if len(s) > 1 {
		return v.say("head-refused-groups")
	}
	return v.headline(v.answer(s[0]))
}

func (g group) main() *estimators.Estimate {
	if g.head < 0 {
		return nil
	}
	return &g.estimates[g.head]
}

// label names a stratum, as in "sex female, year 2013".
func (v *view) label(g group) prose {
	var parts []prose
	for _, l := range g.labels {
		level := name(l.Level)
		if l.Level == "" {
			level = v.say("missing")
		}
		parts = append(parts, name(l.Name)+" "+level)
	}
	return join(parts, ", ")
}

// methodTitle is the name of a method as printed.
func (v *view) methodTitle(e estimators.Estimate) prose {
	if c, ok := v.cards[e.Method]; ok && c.Title != "" {
		said, _ := v.fact(c.Title)
		return said
	}
	return prose(clean(e.Method))
}

// isOne reports whether the estimates are the answer of one method, rather than a
// comparison of several.
func (g group) isOne() bool { return len(g.estimates) == 1 }

// candidates of a selection, the heaviest first, those outside the window left out.
func candidates(s *estimators.Selection) []estimators.Candidate {
	if s == nil {
		return nil
	}
	out := slices.DeleteFunc(slices.Clone(s.Candidates), func(c estimators.Candidate) bool { return c.Weight <= 0 && !c.Chosen })
	slices.SortStableFunc(out, func(a, b estimators.Candidate) int {
		return cmp.Compare(b.Weight, a.Weight)
	})
	return out
}

// criterionOf is the value of a candidate by which it was ranked.
func criterionOf(c estimators.Candidate, ranking string) float64 {
	switch ranking {
	case "aic":
		return c.AIC
	case "aicc":
		return c.AICc
	}
	return c.BIC
}

// fitCriterion is the same of a fitted model.
func fitCriterion(f *estimators.Fit, ranking string) float64 {
	switch ranking {
	case "aic":
		return f.AIC
	case "aicc":
		return f.AICc
	}
	return f.BIC
}

// criterionName prints a criterion: BIC, AIC or AICc.
func criterionName(s string) string {
	switch s {
	case "aic":
		return "AIC"
	case "aicc":
		return "AICc"
	}
	return "BIC"
}

// hasTerm reports whether a candidate has an interaction.
func hasTerm(c estimators.Candidate, t estimators.Pattern) bool { return slices.Contains(c.Terms, t) }

// sign of a term of a candidate: +1 when the lists share more people than chance would
// give, −1 when fewer, 0 when it is not known.
func sign(c estimators.Candidate, t estimators.Pattern) int {
	i := slices.Index(c.Terms, t)
	if i < 0 || i >= len(c.Signs) {
		return 0
	}
	switch s := c.Signs[i]; {
	case s > 0:
		return 1
	case s < 0:
		return -1
	}
	return 0
}

// rangeOf is the least and the greatest estimate among models, to whole persons as tables give them.
func rangeOf(cs []estimators.Candidate) (lower, upper float64) {
	lower, upper = math.Inf(1), 0
	for _, c := range cs {
		lower, upper = math.Min(lower, c.Population), math.Max(upper, c.Population)
	}
	return math.Round(lower), math.Round(upper)
}

// severityOf and doOf read the catalogue of codes; a code may be several, joined by commas.
func severityOf(code string) estimators.Severity {
	if c, ok := estimators.LookupCode(code); ok {
		return c.Severity
	}
	return estimators.TakeCare
}

// advice is what to do about a code, in the language when it has words for it;
// foreign says that it is English in a text of another language.
func (v *view) advice(codes string) (do prose, foreign bool) {
	var parts []prose
	for c := range strings.SplitSeq(codes, ",") {
		if c == "near-tied-models" { // what to publish is said at the top, and nowhere else otherwise
			parts = append(parts, v.say("near-tied-do"))
		} else if key := "study-" + c; v.r.Linkage != nil && catalogue[key] != ([2]string{}) { // what helps at the command line is not for a study file
			parts = append(parts, v.say(key))
		} else if d, ok := dutchCodes[c]; ok && v.code == "nl" {
			parts = append(parts, v.text(d.do))
		} else if known, ok := estimators.LookupCode(c); ok {
			parts = append(parts, v.text(known.Do))
			foreign = foreign || v.code != "en"
		}
	}
	return join(slices.Compact(parts), " "), foreign
}

// meaning is what a code says, in the language when it has words for it.
func (v *view) meaning(codes string) (m prose, foreign bool) {
	var parts []prose
	for c := range strings.SplitSeq(codes, ",") {
		if d, ok := dutchCodes[c]; ok && v.code == "nl" {
			parts = append(parts, prose(clean(d.meaning)))
		} else if known, ok := estimators.LookupCode(c); ok {
			parts = append(parts, prose(clean(known.Meaning)))
			foreign = foreign || v.code != "en"
		}
	}
	return join(parts, "; "), foreign
}

// text is a sentence from the catalogue of codes with its flags set as code.
func (v *view) text(s string) prose {
	words := strings.Fields(clean(s))
	for i, w := range words {
		if flag, ok := strings.CutPrefix(w, "--"); ok && flag != "" {
			core := strings.TrimRight(w, ".,;:")
			words[i] = string(code(core)) + w[len(core):]
		}
	}
	return prose(strings.Join(words, " "))
}

// shortNames are names of at most ten letters, different from each other.
func shortNames(lists []string) []string {
	out := make([]string, len(lists))
	used := map[string]bool{}
	for i, s := range lists {
		r := []rune(clean(s))
		short := string(r)
		if len(r) > 10 {
			short = strings.TrimSpace(string(r[:6])) + "…" + strings.TrimSpace(string(r[len(r)-3:]))
		}
		for n := i + 1; used[short]; n++ {
			short = strings.TrimSpace(string(r[:min(len(r), 7)])) + "…" + strconv.Itoa(n)
		}
		used[short] = true
		out[i] = short
	}
	return out
}
