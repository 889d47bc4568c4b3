package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"darkfigure/estimators"
	"darkfigure/internal/study"
)

// A grid lays out rows of a table in a terminal: the first column to the left, the others to the right unless their head
// ends in a space.
type grid struct {
	head []string
	rows [][]string
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

func (g *grid) writeTo(b *strings.Builder, width int) {
	widths := make([]int, len(g.head))
	for j, h := range g.head {
		widths[j] = utf8.RuneCountInString(strings.TrimSpace(h))
		for _, r := range g.rows {
			widths[j] = max(widths[j], utf8.RuneCountInString(r[j]))
		}
	}
	total := 2
	for _, w := range widths {
		total += w + 2
	}
	if over := total - 2 - width; over > 0 { // the first column gives way
		widths[0] = max(widths[0]-over, min(widths[0], 44))
	}
	line := func(cells []string) {
		s := " "
		for j, c := range cells {
			c = strings.TrimSpace(c)
			if n := utf8.RuneCountInString(c); n > widths[j] {
				c = string([]rune(c)[:widths[j]-1]) + "…"
			}
			if j == 0 || strings.HasSuffix(g.head[j], " ") {
				s += " " + pad(c, widths[j])
			} else {
				s += " " + column(c, widths[j])
			}
			if j < len(cells)-1 {
				s += " "
			}
		}
		b.WriteString(strings.TrimRight(s, " ") + "\n")
	}
	line(g.head)
	for _, r := range g.rows {
		line(r)
	}
}

func whole(n int64) string { return estimators.People(float64(n)) }

// rate is a share in per cent, with a digit more where it is small.
func rate(x float64) string {
	switch {
	case x == 0:
		return "0 %"
	case x < 0.0005:
		return "< 0.1 %"
	case x < 0.0995:
		return fmt.Sprintf("%.1f %%", 100*x)
	}
	return fmt.Sprintf("%.0f %%", 100*x)
}

func rateRange(r estimators.LinkRange) string {
	if r.Lower == r.Upper && r.Lower == r.Value {
		return rate(r.Value)
	}
	return fmt.Sprintf("%s (%s–%s)", rate(r.Value), strings.TrimSuffix(rate(r.Lower), " %"), strings.TrimSuffix(rate(r.Upper), " %"))
}

func countRange(r estimators.LinkRange) string {
	return fmt.Sprintf("%s (%s–%s)", estimators.People(r.Value), estimators.People(math.Floor(r.Lower)), estimators.People(math.Ceil(r.Upper)))
}

// writeLinkage says in words what was linked and how sure that is.
func writeLinkage(w io.Writer, l *estimators.Linkage, width int) error {
	width = min(max(width, 60), 100)
	var b strings.Builder
	para := func(format string, args ...any) {
		b.WriteString(hanging("", 0, oneLine(fmt.Sprintf(format, args...)), width))
	}
	section := func(name string) { b.WriteString("\n" + name + "\n\n") }

	var linked []string
	records := int64(0)
	for _, r := range l.Registers {
		if !r.Anonymous {
			linked = append(linked, r.Name)
			records += r.Records
		}
	}
	para("%s: the %s records of %s are of about %s people (%s to %s over the linkages drawn)", l.Study, whole(records), listed(linked),
		estimators.People(l.Persons.Value), estimators.People(math.Floor(l.Persons.Lower)), estimators.People(math.Ceil(l.Persons.Upper)))
	if l.Target != "" {
		para("Population: %s", l.Target)
	}

	section("Records")
	g := grid{head: []string{"register", "read", "left out", "used", "people", "repeats", "unlinkable"}}
	for _, r := range l.Registers {
		out := int64(0)
		for _, e := range r.Excluded {
			out += e.Count
		}
		row := []string{r.Name, whole(r.Read), whole(out), whole(r.Records), whole(r.Persons), countRange(r.Duplicates), rate(r.Unlinkable)}
		if r.Anonymous {
			row[4], row[5], row[6] = "", "anonymous", ""
		}
		g.add(row...)
	}
	g.writeTo(&b, width)
	for _, r := range l.Registers {
		for _, e := range r.Excluded {
			b.WriteString(hanging("  ", 4, fmt.Sprintf("%s: %s left out: %s", r.Name, numberOf(e.Count, "record"), e.Text), width))
		}
		for _, x := range r.Altered {
			what := x.Text
			if x.Field != "" {
				what = x.Field + ": " + what
			}
			if x.Reason == "encoding" {
				what = fmt.Sprintf("%s %s", whole(x.Count), what)
			} else {
				what = numberOf(x.Count, "record") + ": " + what
			}
			b.WriteString(hanging("  ", 4, r.Name+": "+what, width))
		}
	}

	if len(l.Fields) > 0 {
		section("What is compared")
		writeCompared(&b, l, width)
		section("Which pairs")
		writeBlocking(&b, l, width)
		section("What agreement says")
		para("How often a level is found in two records of one person (m) and of two people (u); its weight is log2 m/u, one bit doubles the odds.")
		b.WriteByte('\n')
		g = grid{head: []string{"field: agreement", "m", "u", "bits", "records without a value "}}
		for i, f := range l.Fields {
			for j, level := range f.Levels {
				row := []string{f.Name + ": " + level.Meaning, share(level.M), share(level.U), fmt.Sprintf("%+.1f", level.Weight), ""}
				if level.Untrained {
					row[3] += "?"
				}
				if j == 0 {
					row[4] = missing(l, i)
				}
				g.add(row...)
			}
		}
		g.writeTo(&b, width)
		if untrained(l) {
			para("? Rests on less than one expected match, and keeps the value it started from.")
		}
	}

	writeTogether(&b, l, width)

	certain := l.Chains.Source != "" && l.Chains.Draws == 1 // links that came without probabilities
	section("Links, and how many of them are wrong")
	g = grid{head: []string{"registers", "accepted", "over draws", "false", "missed", "by EM"}}
	for _, p := range l.Pairs {
		name := p.A + "–" + p.B
		if p.A == p.B {
			name = p.A + ", repeats"
		}
		em := ""
		if p.EM > 0 {
			em = estimators.People(p.EM)
		}
		switch {
		case p.NotComparable:
			g.add(name, "none", "unknown", "", "unknown", "")
			continue
		case certain:
			g.add(name, whole(p.Accepted), "", "unknown", "unknown", em)
			continue
		}
		g.add(name, whole(p.Accepted), countRange(p.Links), rateRange(p.FalseMatch), rateRange(p.MissedMatch), em)
	}
	g.writeTo(&b, width)
	if !certain {
		para("Accepted: pairs at a match probability of %g or more. False: of the accepted links; missed: of the true matches, those that were never compared included; both with the range of 95 %% of the linkages drawn. By EM: the number of matches without clusters, as a check.", l.Threshold)
		if !l.Blocking.AllPairs && !l.Blocking.Counted && len(l.Blocking.Rules) > 0 {
			para("Where pairs were left out by rules, missed is a lower bound.")
		}
	}

	if len(linked) > 1 && len(l.Overlaps) > 0 {
		section("People by history")
		g = grid{head: []string{"on", "best linkage", "mean over draws", "95 % of draws"}}
		for _, o := range l.Overlaps {
			g.add(strings.Join(o.Lists, ", "), whole(o.Point), fmt.Sprintf("%.1f", o.Draws.Value), estimators.People(math.Floor(o.Draws.Lower))+"–"+estimators.People(math.Ceil(o.Draws.Upper)))
		}
		g.writeTo(&b, width)
	}
	if c := l.Chains; c.Draws > 0 {
		b.WriteByte('\n')
		switch {
		case certain:
			para("The links are those of %s, and taken for certain.", c.Source)
		case c.Source != "":
			para("%d linkages drawn from the match probabilities of %s.", c.Draws, c.Source)
		case c.Chains == 0: // one register, whose chains are those of its repeats: a warning says when they do not agree
			para("%d linkages drawn.", c.Draws)
		default:
			agree := "they agree"
			if c.RHat > 1.05 {
				agree = "THEY DO NOT AGREE"
			}
			para("%d linkages drawn by %d Markov chains; %s (R-hat at most %.3f).", c.Draws, c.Chains, agree, c.RHat)
		}
	}
	if r := l.Review; r != nil {
		section("Clerical review")
		writeReview(&b, r, width)
	}
	if len(l.Warnings) > 0 {
		section("Warnings")
		for _, warning := range l.Warnings {
			b.WriteString(hanging("  ", 4, oneLine(warning.Code+": "+warning.Text), width))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func numberOf(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return whole(n) + " " + what + "s"
}

func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// share is a probability, to three digits.
func share(x float64) string {
	if x != 0 && x < 0.001 {
		return fmt.Sprintf("%.0e", x)
	}
	return fmt.Sprintf("%.3f", x)
}

func untrained(l *estimators.Linkage) bool {
	for _, f := range l.Fields {
		for _, level := range f.Levels {
			if level.Untrained {
				return true
			}
		}
	}
	return false
}

// missing are the shares of records without a value of field i, by register.
func missing(l *estimators.Linkage, i int) string {
	var parts []string
	for _, r := range l.Registers {
		if !r.Anonymous && i < len(r.Missing) {
			parts = append(parts, rate(r.Missing[i]))
		}
	}
	return strings.Join(parts, ", ")
}

func writeCompared(b *strings.Builder, l *estimators.Linkage, width int) {
	var fields []string
	for _, f := range l.Fields {
		kind := f.Kind
		if kind != "" {
			kind = " (" + kind + ")"
		}
		fields = append(fields, f.Name+kind)
	}
	b.WriteString(hanging("", 0, sentence(strings.Join(fields, ", ")), width))
}

func writeBlocking(b *strings.Builder, l *estimators.Linkage, width int) {
	k := l.Blocking
	pairs := "pairs of people of different registers" // repeats in a register were joined before
	if between := func(p estimators.LinkPair) bool { return p.A != p.B }; !slices.ContainsFunc(l.Pairs, between) {
		pairs = "pairs of records"
	}
	if k.AllPairs || len(k.Rules) == 0 {
		b.WriteString(hanging("", 0, fmt.Sprintf("All %s %s are compared.", whole(k.Possible), pairs), width))
		return
	}
	g := grid{head: []string{"pairs that agree on", "pairs", "new", "largest block", "no key", "matches", "shared"}}
	for _, r := range k.Rules {
		g.add(r.Rule, whole(r.Predicted), whole(r.New), whole(r.Largest), rate(r.Missing), rate(r.Found), rate(r.Shared))
	}
	g.writeTo(b, width)
	if k.Compared > 0 {
		b.WriteString(hanging("", 0, fmt.Sprintf("%s of %s %s are compared. Matches: share of those among them that agree on the rule; shared: of these, the share that another rule finds too.", whole(k.Compared), whole(k.Possible), pairs), width))
		said := fmt.Sprintf("Of all matches at least %s agree on no rule, by the model; poor records fail every rule together, so that it may be two or three times as many. As a check, the way the rules overlap gives %s.", rate(k.Missed), rate(k.MissedOverlap))
		if k.Counted {
			said = fmt.Sprintf("Of all matches %s agree on no rule: there are so few pairs that the patterns of all were counted. They are counted as missed, and added to the linkages drawn.", rate(k.Missed))
		}
		b.WriteString(hanging("", 0, said, width))
	}
}

// Two fields are said to hang together from dependent bits of mutual information on, from which the model warns, or where the weight of pairs equal in both is too large by
// doubled bits.
const (
	dependent = 0.02
	doubled   = 1.0
)

// writeTogether says which fields hang together where the weights take them for independent.
func writeTogether(b *strings.Builder, l *estimators.Linkage, width int) {
	if len(l.Together) == 0 {
		return
	}
	b.WriteString("\nFields that hang together\n\n")
	rows := slices.Clone(l.Together)
	most := func(t estimators.LinkTogether) float64 { return max(t.NonMatches, t.Matches) }
	slices.SortStableFunc(rows, func(x, y estimators.LinkTogether) int { return cmp.Compare(most(y), most(x)) })
	var shown []estimators.LinkTogether
	for _, t := range rows {
		if most(t) >= dependent || t.Twice >= doubled {
			shown = append(shown, t)
		}
	}
	if len(shown) == 0 {
		t := rows[0]
		b.WriteString(hanging("", 0, fmt.Sprintf("None: every two fields are nearly independent in pairs of one person and of two, as their weights suppose. The most that two have in common are the %.3f bits of %s and %s; %g would be worth a warning.", most(t), t.A, t.B, dependent), width))
		return
	}
	g := grid{head: []string{"fields", "two people", "one person", "equal together, two people", "one person", "counted twice "}}
	times := func(x float64) string {
		if x == 0 {
			return ""
		}
		return fmt.Sprintf("%.1f ×", x)
	}
	for _, t := range shown {
		twice := ""
		switch {
		case t.Allowed:
			twice = "no: the model knows"
		case t.EqualU > 0:
			twice = fmt.Sprintf("%+.1f bits", t.Twice)
		}
		g.add(t.A+", "+t.B, fmt.Sprintf("%.3f", t.NonMatches), fmt.Sprintf("%.3f", t.Matches), times(t.EqualU), times(t.EqualM), twice)
	}
	g.writeTo(b, width)
	b.WriteString(hanging("", 0, "Mutual information in bits, among pairs of two people and of one; how many times as often both are equal as if the fields were independent, as their weights suppose; and by how much the weight of pairs that are equal in both is too large for it. In pairs of one person fields hang together when poor records err in several at once, for which the draws allow.", width))
}

// writeReview says what people found in a sample, and what that changed.
func writeReview(b *strings.Builder, r *estimators.LinkReview, width int) {
	para := func(format string, args ...any) {
		b.WriteString(hanging("", 0, oneLine(fmt.Sprintf(format, args...)), width))
	}
	if len(r.Bands) > 0 {
		g := grid{head: []string{"match probability", "pairs", "said", "reviewed", "of one person"}}
		for _, x := range r.Bands {
			found := rateRange(x.Found)
			if x.Reviewed == 0 {
				found = "unknown"
			}
			g.add(fmt.Sprintf("%g to %g", x.Lower, x.Upper), whole(x.Pairs), rate(x.Said), whole(x.Reviewed), found)
		}
		g.writeTo(b, width)
	}
	para("%s reviewed: by what people found %s of the accepted links are false, and %s of the true matches are missed.", numberOf(r.Reviewed, "pair"), rateRange(r.FalseMatch), rateRange(r.MissedMatch))
	if r.CannotTell > 0 {
		para("Of %s of the sample people could not tell, or did not say.", numberOf(r.CannotTell, "pair"))
	}
	if r.Twice > 0 {
		para("%s had two reviewers; their agreement beyond chance (kappa) is %.2f.", numberOf(r.Twice, "pair"), r.Kappa)
	}
	if !r.Used {
		para("That agrees with what the linkage says, which is left as it is.")
		return
	}
	if r.Slope != 0 {
		para("The linkages drawn follow the review: the log odds of a pair are %.2f times what they were, and %+.2f.", r.Slope, r.Shift)
	}
	if r.Sure > 0 {
		para("Of %s accepted links of which the linkage is sure, about %s are taken apart in each linkage drawn. Which ones is drawn at random, for a sample does not tell.", whole(r.Sure), countRange(r.Apart))
	}
	para("What is drawn, with the rates above and every estimate, follows the review; the best linkage, the threshold curve and the number by EM do not know of it.")
}

// writeExplained writes how the weight of a pair comes about.
func writeExplained(w io.Writer, e *study.Explanation, width int) error {
	width = min(max(width, 60), 100)
	var b strings.Builder
	b.WriteString(hanging("", 0, fmt.Sprintf("%s and %s: %s", e.A, e.B, e.Verdict), width))
	b.WriteByte('\n')
	g := grid{head: []string{"field", e.A + " ", e.B + " ", "agreement ", "bits", "sum"}}
	for _, s := range e.Steps {
		g.add(s.Field, oneLine(s.Left), oneLine(s.Right), s.Agreement, fmt.Sprintf("%+.1f", s.Bits), fmt.Sprintf("%+.1f", s.Sum))
	}
	g.writeTo(&b, width+40)
	b.WriteByte('\n')
	for _, note := range e.Notes {
		b.WriteString(hanging("", 0, note, width))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
