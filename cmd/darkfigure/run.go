package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/estimators/knownelsewhere"
	"darkfigure/internal/report"
	"darkfigure/internal/sensitivity"
	"darkfigure/internal/study"
)

func (p *program) runCommand() *cli.Command {
	return &cli.Command{
		Name: "run", ArgsUsage: "STUDY.yaml", Usage: "from registers to the number of people nobody has seen, with a report",
		Description: `Links the registers of a study, estimates by every method from each of the linkages drawn, and pools the estimates: the interval holds the doubt about the links, the choice of the model and chance. With a folder it writes the table, the estimates, the linkage, a report to read, and a manifest of what went in and what was left out; all of them appear together or not at all, and running it again changes no byte.

No name of a person is printed or written. darkfigure help studies shows what a study file looks like; darkfigure link shows the linkage alone.`,
		UsageText: `darkfigure run study.yaml
darkfigure run study.yaml --output results
darkfigure run testdata/registers/study.yaml --truth testdata/registers/truth`,
		Flags: []cli.Flag{
			text("truth", aboutAnswer, "`FOLDER` with the truth of synthetic registers, to be printed beside the answer; it changes nothing else"),
			text("output", aboutOutput, "`FOLDER` for the results (default: output.folder of the study file)"),
			onOff("write-linked", aboutOutput, "write linked.csv and pairs.csv too: the number of every record with its cluster, and every pair that may be of one person with its match weight; no names"),
			text("format", aboutOutput, "`FORMAT` of what is printed: text or json"),
			text("language", aboutOutput, "`en` or nl, for the text and the report"),
			onOff("quiet", aboutOutput, "no messages on standard error but errors"),
			onOff("strict", aboutOutput, "exit status 1 when there is any warning (the results are still printed)"),
			pageFlag("yes with a folder for the results"),
			text("seed", aboutRunning, "`NUMBER` that all random draws follow from (default 1)"),
			text("jobs", aboutRunning, "`N` computations at the same time (default: one per processor); never changes the answer"),
		},
		Action: p.runStudy,
	}
}

// slow says whether a method takes minutes over all linkages of k registers: it samples a posterior in each, or adds
// many terms in every replicate. Such a method is used when a study names it.
func slow(method string, k int) bool {
	return method == "threshold-bayes" || method == "loglinear-aic" && k > 5
}

func (p *program) runStudy(c *cli.Context) error {
	path, _, err := studyAndRest(c)
	if err != nil {
		return err
	}
	r, err := p.studyOf(c, path)
	if err != nil {
		return err
	}
	if r.out.language, err = wordFlag(c, "language", "en", "nl"); err != nil {
		return err
	}
	ctx, s := c.Context, r.job.Study
	notes, err := r.methods()
	if err != nil {
		return err
	}
	var known *study.Truth
	if folder := c.String("truth"); folder != "" {
		if known, err = study.ReadTruth(ctx, folder); err != nil {
			return badStudy(err)
		}
	}
	end := r.watch()
	defer end()
	l, err := r.job.Link(ctx)
	if err != nil {
		return r.failed(err)
	}
	if !r.out.quiet {
		r.job.Tell(fmt.Sprintf("estimating by %s", numberOf(int64(len(r.job.Methods)), "method")))
	}
	a, err := r.job.Estimate(ctx, l)
	if err != nil {
		return r.failed(err)
	}
	results := a.Results
	results.Data.Notes = append(results.Data.Notes, notes...)
	if results.Description, err = describe(ctx, a.Table, s.Estimate.Levels); err != nil {
		return err
	}
	refusedLast(results.Estimates, s.Estimate.By)
	results.Cards = cards(r.job.Methods)
	if err := r.secondPage(ctx, c, l, a, &results); err != nil {
		return err
	}
	end()

	files, err := r.job.RunFiles(l, a, results, func(w io.Writer) error {
		return report.HTML(w, results, report.Options{Language: r.out.language, Visibility: a.Visibility})
	})
	if err != nil {
		return err
	}
	if err := r.write(ctx, files); err != nil {
		return err
	}
	if r.folder == "" && !r.out.quiet {
		p.say("no folder was named, and nothing was written: add --output FOLDER for the report")
	}
	shown := results
	if r.out.format == "text" && len(s.Estimate.Methods) == 0 {
		shown = headline(results)
	}
	if r.out.format == "text" {
		shown.Sensitivity = nil // it is for the report
	}
	if err := r.out.put(ctx, func(w io.Writer) error {
		if err := r.out.render(w, shown); err != nil || r.out.format == "json" {
			return err
		}
		if err := writeVisitors(w, l.Visitors, p.columns()); err != nil || known == nil {
			return err
		}
		return writeTruth(w, known.Compare(l, shown), p.columns())
	}); err != nil {
		return err
	}
	return r.out.verdict(shown)
}

// secondPage adds what the assumptions do to the estimate of the most probable links, by the usual method, or by the first that answers.
func (r *studyRun) secondPage(ctx context.Context, c *cli.Context, l *study.Linked, a *study.Answer, results *estimators.Results) error {
	wanted, err := pageWanted(c, r.folder != "")
	if err != nil || !wanted || len(r.job.Study.Estimate.By) > 0 || a.Table.K() < 2 {
		return err
	}
	at := -1
	for i, m := range r.job.Methods {
		answers := slices.ContainsFunc(results.Estimates, func(e estimators.Estimate) bool {
			return e.Method == m.Name && e.Status != estimators.Refused && len(e.Stratum) == 0
		})
		if answers && !needsOrder(m.New(estimators.Options{})) && (at < 0 || m.Name == usualMethod(a.Table.K(), false)) {
			at = i
		}
	}
	if at < 0 {
		return nil
	}
	level := r.job.Study.Estimate.Levels[0]
	e := r.job.Methods[at].New(estimators.Options{Levels: []float64{level}, Seed: r.job.Seed, Workers: 1})
	if est, err := estimators.Run(ctx, e, a.Table.Collapse()); err != nil || est.Status == estimators.Refused {
		return err // the linkages drawn answer where the most probable one does not
	}
	if r.job.Progress != nil {
		r.job.Tell("what the assumptions do to the answer")
	}
	return r.out.program.analyse(ctx, &output{program: r.out.program, quiet: true}, sensitivity.Analysis{Estimator: e, Level: level, Seed: r.job.Seed, Workers: r.job.Workers}, a.Table.Collapse(), results)
}

// headline leaves the usual method alone, and says what the others gave.
func headline(r estimators.Results) estimators.Results {
	usual := "loglinear"
	if len(r.Data.Lists) == 2 {
		usual = "chapman"
	}
	var answer, others []estimators.Estimate
	lower, upper := math.Inf(1), math.Inf(-1)
	for _, e := range r.Estimates {
		switch {
		case e.Method == usual:
			answer = append(answer, e)
		case e.Status != estimators.Refused && len(e.Stratum) == 0:
			others = append(others, e)
			lower, upper = math.Min(lower, e.Population), math.Max(upper, e.Population)
		}
	}
	if len(answer) == 0 {
		return r
	}
	r.Estimates = answer
	r.Cards = slices.DeleteFunc(slices.Clone(r.Cards), func(m estimators.Method) bool { return m.Name != usual })
	if len(others) > 0 {
		r.Data.Notes = append(slices.Clone(r.Data.Notes), fmt.Sprintf("%d other methods estimate from %s to %s people: the report and estimates.csv have them all",
			len(others), estimators.People(lower), estimators.People(upper)))
	}
	return r
}

// writeVisitors says what anonymous registers add.
func writeVisitors(w io.Writer, all []study.Visitors, width int) error {
	width = min(max(width, 60), 100)
	var b strings.Builder
	para := func(s string) { b.WriteString(hanging("", 0, oneLine(sentence(s)), width)) }
	for _, v := range all {
		b.WriteString("\n" + v.Register + ", anonymous: never linked, a check and not the answer\n\n")
		if v.Reason != nil {
			para(v.Reason.Text)
			continue
		}
		for _, s := range v.Result.Identified {
			para(s.Text)
		}
		var refused, legend []string
		g := grid{head: []string{"if visiting is", "people", fmt.Sprintf("%g %% interval", 100*v.Result.Level)}}
		for _, row := range v.Result.Rows {
			if row.Kind == knownelsewhere.ListsAlone || row.ListModel {
				continue
			}
			name := row.Says()
			if row.Kind == knownelsewhere.DependentOnEach {
				legend = append(legend, name+": "+row.Assumes)
			}
			if row.Reason != nil {
				limits := row.Reason.Code
				if row.Population.Unbounded {
					limits = "at least " + estimators.People(math.Floor(row.Population.Lower))
				}
				g.add(name, "refused", limits)
				if why := row.Reason.Code + ": " + row.Reason.Text; !slices.Contains(refused, why) {
					refused = append(refused, why)
				}
				continue
			}
			limits := estimators.People(math.Floor(row.Population.Lower)) + " to " + estimators.People(math.Ceil(row.Population.Upper))
			if row.Population.Unbounded {
				limits = "at least " + estimators.People(math.Floor(row.Population.Lower))
			}
			g.add(name, estimators.People(row.Population.Value), limits)
		}
		if len(g.rows) > 0 {
			b.WriteByte('\n')
			g.writeTo(&b, width)
		}
		for _, line := range append(legend, refused...) {
			para(line)
		}
		if t := v.Result.Test; t != nil {
			para(testWords(*t))
		}
		if k := v.Result.Bounds; k != nil {
			para(fmt.Sprintf("%d of %d visitors said that somebody knows: at least %s people in all (%g %% limit %s), and no upper limit", k.Said, k.Asked,
				estimators.People(k.AtLeast.Value), 100*v.Result.Level, estimators.People(math.Floor(k.AtLeast.Lower))))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// rejected is the p-value under which the answers contradict what is tested.
const rejected = 0.05

// testWords says whether the answers contradict what is tested; that they do not is no proof of it.
func testWords(t knownelsewhere.Test) string {
	p := fmt.Sprintf("p = %.2g", t.P)
	if t.P < 0.001 {
		p = "p < 0.001"
	}
	verdict := "the answers do not contradict it, which is no proof"
	if t.P < rejected {
		verdict = "the answers contradict it: do not use the row that supposes it"
	}
	return fmt.Sprintf("tested: %s (deviance %.1f on %d degrees of freedom, %s); %s", t.Null, t.Deviance, t.DF, p, verdict)
}

// methods chooses the methods: those of the study file, else every one that can use so many registers.
func (r *studyRun) methods() (notes []string, err error) {
	s, k := r.job.Study, len(r.job.Study.Linked())
	if len(s.Estimate.Methods) > 0 {
		for i, name := range s.Estimate.Methods {
			m, err := findMethod(name)
			if err != nil {
				return nil, badStudy(s.Fail("estimate.methods", fmt.Sprintf("estimate.methods: %s: %s", name, err)))
			}
			if slices.ContainsFunc(r.job.Methods, func(o estimators.Method) bool { return o.Name == m.Name }) {
				return nil, badStudy(s.Fail("estimate.methods", fmt.Sprintf("estimate.methods: %s is named twice (%d)", name, i+1)))
			}
			r.job.Methods = append(r.job.Methods, m)
		}
		return nil, nil
	}
	var left []string
	for _, m := range allMethods() {
		switch {
		case !fits(m, k):
		case m.Name == "stepwise" && k > 5:
			notes = append(notes, fmt.Sprintf("left out, because with %d registers loglinear selects its model in this very way: stepwise", k))
		case needsOrder(m.New(estimators.Options{})): // registers are kept side by side
		case slow(m.Name, k):
			left = append(left, m.Name)
		default:
			r.job.Methods = append(r.job.Methods, m)
		}
	}
	if len(r.job.Methods) == 0 {
		m, err := findMethod("loglinear")
		if err != nil {
			return nil, err
		}
		r.job.Methods = []estimators.Method{m} // it says what is wrong
	}
	if len(left) > 0 {
		notes = append(notes, "left out, because it takes long with so many linkages: "+strings.Join(left, ", ")+" (estimate.methods names it)")
	}
	return notes, nil
}

// writeTruth writes the known answer of synthetic registers beside the estimate.
func writeTruth(w io.Writer, k study.Beside, width int) error {
	width = min(max(width, 60), 100)
	var b strings.Builder
	b.WriteString("\nThe known answer (synthetic registers)\n\n")
	g := grid{head: []string{"", "true", "found", "interval", "covers "}}
	for _, row := range k.Rows {
		limits := ""
		if row.HasLimits {
			limits = fmt.Sprintf("%s to %s", estimators.People(row.Lower), estimators.People(row.Upper))
		}
		covers := ""
		if row.HasLimits {
			covers = map[bool]string{true: "yes", false: "NO"}[row.Lower <= float64(row.True) && float64(row.True) <= row.Upper]
		}
		g.add(row.What, whole(row.True), estimators.People(row.Found), limits, covers)
	}
	g.writeTo(&b, width)
	s := k.Links
	b.WriteString(hanging("", 0, fmt.Sprintf("Best linkage, by pairs of records: precision %.3f, recall %.3f (%s of one person, %s linked, %s of both).",
		s.Precision(), s.Recall(), whole(s.True), whole(s.Found), whole(s.Both)), width))
	_, err := io.WriteString(w, b.String())
	return err
}
