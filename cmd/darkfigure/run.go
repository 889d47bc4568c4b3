package main

import (
	"context"
	"errors"
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
darkfigure run study.yaml --publish --output to-publish
darkfigure run testdata/registers/study.yaml --truth testdata/registers/truth`,
		Flags: []cli.Flag{
			onOff("publish", aboutPublish, "protect small counts, and write nothing that has them: visibility.json and .csv, and a report of these"),
			text("threshold", aboutPublish, "withhold counts below `N`, zeros excepted (default 5)"),
			text("round", aboutPublish, "round the counts that are left to multiples of `N`, 3 or 5; groups still add up"),
			text("truth", aboutAnswer, "`FOLDER` with the truth of synthetic registers, to be printed beside the answer; it changes nothing else"),
			text("output", aboutOutput, "`FOLDER` for the results (default: output.folder of the study file)"),
			onOff("write-linked", aboutOutput, "write linked.csv and pairs.csv too: the number of every record with its cluster, and every pair that may be of one person with its match weight; no names"),
			text("format", aboutOutput, "`FORMAT` of what is printed: text or json"),
			languageFlag("the text and the report"),
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
	if err := r.publishing(c); err != nil {
		return err
	}
	var lists []string
	for _, one := range s.Linked() {
		lists = append(lists, one.Name)
	}
	if err := r.departures(&sensitivity.Analysis{}, lists); err != nil { // before anything long is done
		return err
	}
	var known *study.Truth
	if folder := c.String("truth"); folder != "" {
		if known, err = study.ReadTruth(ctx, folder); err != nil {
			return badStudy(err)
		}
		if err := known.Knows(r.job.Study.Linked()); err != nil {
			return usage("", "%s", err)
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
	for i := range results.Cards {
		if how := s.Estimate.Pool; how != "" && results.Cards[i].Name == "loglinear" {
			results.Cards[i].Title, results.Cards[i].Estimates = pooledTitle(how), pooledEstimates
		}
	}
	if r.job.Publish.On {
		return r.publish(ctx, l, a)
	}
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
		r.out.tell("no folder was named, and nothing was written: add --output FOLDER for the report")
	}
	shown := results
	if r.out.format == "text" && len(s.Estimate.Methods) == 0 {
		shown = headline(results)
	}
	if r.out.format == "text" && (r.folder != "" || len(s.Departures) == 0) {
		shown.Sensitivity = nil // it is for the report
	}
	if err := r.out.put(ctx, func(w io.Writer) error {
		if err := r.out.render(w, shown); err != nil || r.out.format == "json" {
			return err
		}
		if err := writeVisitors(w, l.Visitors, p.columns(), spoken(r.out.language)); err != nil || known == nil {
			return err
		}
		var answer *estimators.Estimate
		if e, ok := report.Headline(shown); ok {
			answer = &e
		}
		return writeTruth(w, known.Compare(l, answer), r.job.Methods, p.columns(), spoken(r.out.language))
	}); err != nil {
		return err
	}
	return r.out.verdict(shown)
}

// publishing reads --publish, --threshold and --round, which go before what the study file says.
func (r *studyRun) publishing(c *cli.Context) error {
	o := r.job.Study.Publish
	if c.Bool("publish") {
		o.On = true
	}
	if o.Threshold == 0 {
		o.Threshold = study.DefaultSmall
	}
	if c.IsSet("threshold") || c.IsSet("round") {
		if !o.On {
			return usage("add --publish", "--threshold and --round protect what is published")
		}
		threshold, base, err := protectionOf(c)
		if err != nil {
			return err
		}
		if c.IsSet("threshold") {
			o.Threshold = int64(threshold)
		}
		if c.IsSet("round") {
			o.Base = int64(base)
		}
	}
	switch {
	case o.On && o.Threshold == 1 && o.Base == 0:
		return usage("add --round 3, or raise it", "--threshold 1 withholds nothing: the counts would not be protected")
	case o.On && c.IsSet("truth"):
		return usage("leave out one of them", "--truth prints exact counts, which --publish withholds")
	case o.On && c.Bool("write-linked"):
		return usage("leave out one of them", "--write-linked writes a row for every record, which is never published")
	}
	r.job.Publish = o
	return nil
}

// publish writes and prints what can be published of the answer, and nothing else.
func (r *studyRun) publish(ctx context.Context, l *study.Linked, a *study.Answer) error {
	if len(a.Visibility) == 0 {
		return nothing(estimators.Refuse("empty-table", "there is nothing to publish"))
	}
	v, err := r.job.Published(ctx, a)
	if err != nil {
		return err
	}
	o := report.Options{Language: r.out.language, Linked: l.Linkage}
	files, err := r.job.PublishedFiles(l, v, func(w io.Writer) error { return report.VisibilityHTML(w, v[0], o, v[1:]...) })
	if err != nil {
		return err
	}
	if err := r.write(ctx, files); err != nil {
		return err
	}
	if !r.out.quiet {
		where := "no folder was named, and nothing was written: add --output FOLDER"
		if r.folder != "" {
			where = "not written, because they hold exact counts: table.csv, estimates.json and .csv, linkage.json, the report of the linkage and of all methods"
		}
		if len(r.job.Study.Departures) > 0 {
			r.out.tell("the page on sensitivity, which the study file asks for, is not among what is published")
		}
		r.out.tell("%s", where)
	}
	if err := r.out.put(ctx, func(w io.Writer) error { return r.out.renderVisibility(w, v, l.Linkage) }); err != nil {
		return err
	}
	return r.out.verdict(a.Results)
}

// departures reads what the study file wants to be tried.
func (r *studyRun) departures(a *sensitivity.Analysis, lists []string) error {
	tried := departuresIn(r.job.Study)
	if err := tried.words(a); err != nil {
		return err
	}
	return tried.lists(a, lists)
}

// secondPage adds what the assumptions do to the estimate of the most probable links, by the usual method, or by the first that answers.
func (r *studyRun) secondPage(ctx context.Context, c *cli.Context, l *study.Linked, a *study.Answer, results *estimators.Results) error {
	wanted, err := pageWanted(c, r.folder != "" || len(r.job.Study.Departures) > 0)
	if err != nil || !wanted {
		return err
	}
	leaveOut := func(why string) error {
		results.Data.Notes = append(results.Data.Notes, noPage+why)
		return nil
	}
	if len(r.job.Study.Estimate.By) > 0 {
		return leaveOut("it is made of one estimate for everybody, and estimate.by gives one for each group")
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
		return leaveOut("it needs one estimate for everybody, from lists side by side")
	}
	level := r.job.Study.Estimate.Levels[0]
	e := r.job.Methods[at].New(estimators.Options{Levels: []float64{level}, Seed: r.job.Seed, Workers: 1})
	if r.job.Progress != nil {
		r.job.Tell("what the assumptions do to the answer")
	}
	analysis := sensitivity.Analysis{Estimator: e, Level: level, Seed: r.job.Seed, Workers: r.job.Workers}
	if err := r.departures(&analysis, a.Table.Lists()); err != nil {
		return err
	}
	if err := r.out.program.analyse(ctx, &output{program: r.out.program, quiet: true}, analysis, a.Table.Collapse(), results); err != nil {
		var refusal *estimators.Refusal
		if errors.As(err, &refusal) { // the linkages drawn answer where the most probable one does not
			return leaveOut(refusal.Text)
		}
		return err
	}
	wrong, err := l.Misreported(ctx, a.Table)
	results.Sensitivity.Alternatives = append(results.Sensitivity.Alternatives, wrong...)
	return err
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
	switch {
	case len(others) == 1:
		r.Data.Notes = append(slices.Clone(r.Data.Notes), fmt.Sprintf("1 other method estimates %s people: the report and estimates.csv have it", estimators.People(lower)))
	case len(others) > 1:
		r.Data.Notes = append(slices.Clone(r.Data.Notes), fmt.Sprintf("%d other methods estimate from %s to %s people: the report and estimates.csv have them all",
			len(others), estimators.People(lower), estimators.People(upper)))
	}
	return r
}

// writeVisitors says what anonymous registers add.
func writeVisitors(w io.Writer, all []study.Visitors, width int, in spoken) error {
	width = min(max(width, 60), 100)
	var b strings.Builder
	para := func(s string) { b.WriteString(hanging("", 0, oneLine(sentence(in.told(s))), width)) }
	atLeast := func(x float64) string {
		return in.or("at least ", "minstens ") + in.number(estimators.People(math.Floor(x)))
	}
	for _, v := range all {
		b.WriteString("\n" + v.Register + in.or(", anonymous: never linked, a check and not the answer", ", anoniem: nooit gekoppeld, een controle en niet het antwoord") + "\n\n")
		if v.Reason != nil {
			para(v.Reason.Text)
			continue
		}
		for _, s := range v.Result.Identified {
			para(s.Text)
		}
		var refused, legend []string
		g := grid{head: []string{in.or("if visiting is", "als bezoek is"), in.or("people", "mensen"), in.number(fmt.Sprintf("%g %% interval", 100*v.Result.Level))}}
		for _, row := range v.Result.Rows {
			if row.Kind == knownelsewhere.ListsAlone || row.ListModel {
				continue
			}
			name := in.told(row.Says())
			if row.Kind == knownelsewhere.DependentOnEach {
				legend = append(legend, name+": "+in.told(row.Assumes))
			}
			if row.Reason != nil {
				limits := row.Reason.Code
				if row.Population.Unbounded {
					limits = atLeast(row.Population.Lower)
				}
				g.add(name, in.or("refused", "geen"), limits)
				if why := in.told(row.Reason.Code) + ": " + in.told(row.Reason.Text); !slices.Contains(refused, why) {
					refused = append(refused, why)
				}
				continue
			}
			limits := in.number(estimators.People(math.Floor(row.Population.Lower))) + in.or(" to ", " tot ") + in.number(estimators.People(math.Ceil(row.Population.Upper)))
			if row.Population.Unbounded {
				limits = atLeast(row.Population.Lower)
			}
			if t := v.Result.Contradicted(row); t != nil {
				limits += in.or("  contradicted, ", "  tegengesproken, ") + in.number(chance(t.P))
			}
			g.add(name, in.number(estimators.People(row.Population.Value)), limits)
		}
		if len(g.rows) > 0 {
			b.WriteByte('\n')
			g.writeTo(&b, width)
		}
		for _, line := range append(legend, refused...) {
			para(line)
		}
		for _, t := range []*knownelsewhere.Test{v.Result.Fit, v.Result.Test} {
			if t != nil {
				para(testWords(*t, in))
			}
		}
		if slices.ContainsFunc(v.Result.Rows, func(r knownelsewhere.Row) bool { return v.Result.Contradicted(r) != nil }) {
			para(in.or("contradicted: the answers contradict what the row supposes; do not use it", "tegengesproken: de antwoorden spreken tegen wat de regel veronderstelt; gebruik haar niet"))
		}
		if v.Result.Unbound != nil {
			para(v.Result.Unbound.Text)
		}
		if k := v.Result.Bounds; k != nil {
			para(fmt.Sprintf(in.or("%s of %s visitors said that somebody knows: at least %s people in all (%s %% limit %s), and no upper limit",
				"%s van %s bezoekers zeiden dat iemand het weet: minstens %s mensen in totaal (%s%%-grens %s), en geen bovengrens"), in.number(whole(k.Said)), in.number(whole(k.Asked)),
				in.number(estimators.People(k.AtLeast.Value)), in.number(fmt.Sprintf("%g", 100*v.Result.Level)), in.number(estimators.People(math.Floor(k.AtLeast.Lower)))))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// chance writes a p-value.
func chance(p float64) string {
	if p < 0.001 {
		return "p < 0.001"
	}
	return fmt.Sprintf("p = %.2g", p)
}

// testWords says whether the answers contradict what is tested; that they do not is no proof of it.
func testWords(t knownelsewhere.Test, in spoken) string {
	p := chance(t.P)
	verdict := in.or("the answers do not contradict it, which is no proof", "de antwoorden spreken het niet tegen, wat geen bewijs is")
	if t.P < knownelsewhere.Rejected {
		verdict = in.or("the answers contradict it: do not use the row that supposes it", "de antwoorden spreken het tegen: gebruik de regel die het veronderstelt niet")
	}
	return fmt.Sprintf(in.or("tested: %s (deviance %s on %d degrees of freedom, %s); %s", "getoetst: %s (deviantie %s bij %d vrijheidsgraden, %s); %s"),
		in.told(t.Null), in.number(fmt.Sprintf("%.1f", t.Deviance)), t.DF, in.number(p), verdict)
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
func writeTruth(w io.Writer, k study.Beside, methods []estimators.Method, width int, in spoken) error {
	width = min(max(width, 60), 100)
	var b strings.Builder
	b.WriteString("\n" + in.or("The known answer (synthetic registers)", "Het bekende antwoord (synthetische registers)") + "\n\n")
	if at := slices.IndexFunc(methods, func(m estimators.Method) bool { return m.Name == k.Method }); at >= 0 {
		b.WriteString(hanging("", 0, fmt.Sprintf(in.or("Found by the method of the answer: %s.", "Gevonden met de methode van het antwoord: %s."), in.told(methods[at].Title)), width) + "\n")
	}
	g := grid{head: []string{"", in.or("true", "waar"), in.or("found", "gevonden"), "interval", in.or("covers ", "bevat het ")}}
	for _, row := range k.Rows {
		limits, covers := "", ""
		if row.HasLimits {
			limits = in.number(estimators.People(row.Lower)) + in.or(" to ", " tot ") + in.number(estimators.People(row.Upper))
			covers = map[bool]string{true: in.or("yes", "ja"), false: in.or("NO", "NEE")}[row.Lower <= float64(row.True) && float64(row.True) <= row.Upper]
		}
		what := row.What
		if dutch, ok := truthInDutch[what]; ok && in == "nl" {
			what = dutch
		}
		g.add(what, in.number(whole(row.True)), in.number(estimators.People(row.Found)), limits, covers)
	}
	g.writeTo(&b, width)
	s := k.Links
	b.WriteString(hanging("", 0, fmt.Sprintf(in.or("Best linkage, by pairs of records: precision %s, recall %s (%s of one person, %s linked, %s of both).",
		"Beste koppeling, naar paren records: precisie %s, recall %s (%s van één mens, %s gekoppeld, %s beide)."),
		in.number(fmt.Sprintf("%.3f", s.Precision())), in.number(fmt.Sprintf("%.3f", s.Recall())), in.number(whole(s.True)), in.number(whole(s.Found)), in.number(whole(s.Both))), width))
	_, err := io.WriteString(w, b.String())
	return err
}

var truthInDutch = map[string]string{"people": "mensen", "not seen": "niet in beeld", "seen": "in beeld"}

// spoken is the language of what run prints below the report's own text: "nl", else English.
type spoken string

func (in spoken) or(english, dutch string) string {
	if in == "nl" {
		return dutch
	}
	return english
}

// told is a sentence of a library.
func (in spoken) told(s string) string { return report.Told(string(in), s) }

// number is one that was written in English.
func (in spoken) number(s string) string {
	if in == "nl" {
		return strings.NewReplacer(",", ".", ".", ",").Replace(s)
	}
	return s
}
