package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"darkfigure/estimators"
	"darkfigure/internal/scenario"
	"darkfigure/internal/tableio"
)

// writeSimulation writes the scores, or the replicates and then the scores to standard output.
func (p *program) writeSimulation(ctx context.Context, out *output, id scenario.Identity, replicates []scenario.Replicate) error {
	replicates = scenario.InOrder(replicates)
	scores := scenario.Scores(id, replicates)
	render := func(format string) func(io.Writer) error {
		return func(w io.Writer) error {
			switch format {
			case "text":
				return writeScores(w, id, scores)
			case "markdown":
				return writeScoresMarkdown(w, id, scores)
			case "json":
				return writeScoresJSON(w, id, scores)
			}
			return tableio.WriteColumns(w, tableio.Format(format), simulationColumns(id, replicates))
		}
	}
	if err := out.put(ctx, render(out.format)); err != nil {
		return err
	}
	if out.file == "" || out.quiet || slices.Contains([]string{"text", "markdown"}, out.format) {
		return nil
	}
	return render("text")(p.stdout)
}

// simulationColumns are one row per replicate, method and interval; a method that refuses, or has no interval, has one row.
func simulationColumns(id scenario.Identity, replicates []scenario.Replicate) []tableio.Column {
	names := []string{"replicate", "method", "model", "observed", "hidden", "population", "se", "lower", "upper", "level", "interval", "covered", "true_hidden", "true_population", "status", "reason"}
	columns := map[string]*tableio.Column{}
	for _, n := range names {
		columns[n] = &tableio.Column{Name: n}
	}
	text := func(name, v string) {
		c := columns[name]
		c.Text, c.Null = append(c.Text, v), append(c.Null, v == "")
	}
	whole := func(name string, v int64, ok bool) {
		c := columns[name]
		c.Whole, c.Null = append(c.Whole, v), append(c.Null, !ok)
	}
	real := func(name string, v float64, ok bool) {
		c := columns[name]
		c.Real, c.Null = append(c.Real, v), append(c.Null, !ok)
	}
	for _, r := range replicates {
		for m, a := range r.Answers {
			answered := a.Status != estimators.Refused
			intervals := a.Intervals
			if len(intervals) == 0 {
				intervals = make([]scenario.Limits, 1)
			}
			for _, l := range intervals {
				has := len(a.Intervals) > 0
				whole("replicate", int64(r.Index+1), true)
				text("method", id.Methods[m])
				text("model", a.Model)
				whole("observed", r.Observed, true)
				real("hidden", a.Population-float64(r.Observed), answered)
				real("population", a.Population, answered)
				se := 0.0
				if a.SE != nil {
					se = *a.SE
				}
				real("se", se, a.SE != nil)
				real("lower", l.Lower, has)
				upper := 0.0
				if l.Upper != nil {
					upper = *l.Upper
				}
				real("upper", upper, l.Upper != nil)
				real("level", l.Level, has)
				text("interval", string(l.Kind))
				covered := int64(0)
				if has && l.Covers(float64(id.Population.Size)) {
					covered = 1
				}
				whole("covered", covered, has)
				whole("true_hidden", r.Hidden, true)
				whole("true_population", id.Population.Size, true)
				text("status", string(a.Status))
				text("reason", a.Reason)
			}
		}
	}
	out := make([]tableio.Column, len(names))
	for i, n := range names {
		out[i] = *columns[n]
	}
	return out
}

func inPercent(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) }

// withError is a share in per cent with its Monte-Carlo standard error.
func withError(f scenario.Figure) string {
	if f.Of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f ±%.1f %%", 100*f.Value, 100*f.SE)
}

func number(f scenario.Figure, digits int) string {
	if f.Of == 0 {
		return "–"
	}
	return fmt.Sprintf("%+.*f ±%.*f", digits, f.Value, digits, f.SE)
}

func size(f scenario.Figure, digits int) string { return strings.TrimPrefix(number(f, digits), "+") }

// heading says what was simulated.
func heading(id scenario.Identity) string {
	pop := id.Population
	lists, overlap := pop.Expected()
	var b strings.Builder
	fmt.Fprintf(&b, "%s people, of whom on average %s are hidden; expected on ", estimators.People(float64(pop.Size)), estimators.People(pop.Hidden()))
	for i, name := range pop.Lists {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %s", name, estimators.People(lists[i]))
	}
	fmt.Fprintf(&b, ", on two lists or more %s.", estimators.People(overlap))
	if pop.Model != "" {
		fmt.Fprintf(&b, " True model %s.", pop.Model)
	}
	fmt.Fprintf(&b, " %d tables, seed %d.", id.Replicates, id.Seed)
	return b.String()
}

const legend = "covers: share of the answers whose interval holds the true N, one without an upper limit covering upwards; or refused: share of all tables that were covered or refused; " +
	"low, high: the interval lies below or above N; no limit: there is no upper limit; width: mean of log(upper/lower) where there is one, and the median; bias and rmse of log hidden number and of N, over the tables answered; " +
	"± is one Monte-Carlo standard error."

// textWidth is how wide the text of simulate is.
const textWidth = 80

// bareError is a share in per cent with its Monte-Carlo standard error, without the sign.
func bareError(f scenario.Figure) string { return strings.TrimSuffix(withError(f), " %") }

// column right-aligns a text in so many characters.
func column(text string, width int) string {
	return strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text))) + text
}

func writeScores(w io.Writer, id scenario.Identity, scores []scenario.Score) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s", id.Name, hanging("", 0, heading(id), textWidth))
	for _, s := range scores {
		fmt.Fprintf(&b, "\n%s\n", s.Method)
		line := fmt.Sprintf("log hidden: bias %s, rmse %s; N: bias %s, rmse %s; refused %s", number(s.LogBias, 3), size(s.LogRMSE, 3), number(s.Bias, 0), size(s.RMSE, 0), withError(s.Refused))
		for i, r := range s.Reasons {
			line += fmt.Sprintf("%s%s %d", map[bool]string{true: " (", false: ", "}[i == 0], r.Code, r.Count)
		}
		if len(s.Reasons) > 0 {
			line += ")"
		}
		if s.Selected.Of > 0 {
			line += "; true model chosen " + withError(s.Selected)
		}
		b.WriteString(hanging("  ", 2, line, textWidth))
		if len(s.Intervals) > 0 {
			b.WriteString("  " + pad("in per cent", 16) + column("covers", 11) + column("or refused", 11) + column("low", 8) + column("high", 9) + column("no limit", 9) + column("width", 6) + column("median", 7) + "\n")
		}
		for _, i := range s.Intervals {
			label := "  " + pad(fmt.Sprintf("%s %g %%", i.Kind, 100*i.Level), 16)
			if utf8.RuneCountInString(label) > 18 { // on a line of its own
				label += "\n" + strings.Repeat(" ", 18)
			}
			width := column("–", 6) + column("–", 7)
			if i.Width.Of > 0 {
				width = column(fmt.Sprintf("%.2f", i.Width.Value), 6) + column(fmt.Sprintf("%.2f", i.Median), 7)
			}
			fmt.Fprintf(&b, "%s%s%s%s%s%s%s\n", label, column(bareError(i.Coverage), 11), column(bareError(i.Honest), 11),
				column(fmt.Sprintf("%.1f", 100*i.Below.Value), 8), column(fmt.Sprintf("%.1f", 100*i.Above.Value), 9), column(fmt.Sprintf("%.1f", 100*i.Unbounded.Value), 9), width)
		}
	}
	b.WriteString("\n" + hanging("", 0, legend, textWidth))
	_, err := io.WriteString(w, b.String())
	return err
}

func writeScoresMarkdown(w io.Writer, id scenario.Identity, scores []scenario.Score) error {
	var b strings.Builder
	cell := strings.NewReplacer("|", "\\|")
	fmt.Fprintf(&b, "## %s\n\n%s\n\n", id.Name, heading(id))
	b.WriteString("| method | log bias | log rmse | rmse N | refused | true model | interval | covers | or refused | too low | too high | no upper limit | log width | median |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, s := range scores {
		row := fmt.Sprintf("| `%s` | %s | %s | %s | %s | %s |", cell.Replace(s.Method), number(s.LogBias, 3), size(s.LogRMSE, 3), size(s.RMSE, 0), withError(s.Refused), withError(s.Selected))
		if len(s.Intervals) == 0 {
			b.WriteString(row + " – | – | – | – | – | – | – | – |\n")
		}
		for _, i := range s.Intervals {
			fmt.Fprintf(&b, "%s %s %g %% | %s | %s | %s | %s | %s | %s | %.2f |\n", row, i.Kind, 100*i.Level, withError(i.Coverage), withError(i.Honest), withError(i.Below), withError(i.Above),
				withError(i.Unbounded), size(i.Width, 2), i.Median)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", legend)
	_, err := io.WriteString(w, b.String())
	return err
}

// The JSON contract of simulate; fields are only ever added.
type simulationJSON struct {
	Schema string      `json:"schema"`
	Data   simDataJSON `json:"data"`
	Scores []scoreJSON `json:"scores"`
	Run    simRunJSON  `json:"run"`
}

type simDataJSON struct {
	Source      string      `json:"source"`
	SHA256      string      `json:"sha256"` // of everything that the numbers follow from, this program's version included
	Name        string      `json:"name"`
	Description string      `json:"description,omitempty"`
	Lists       []string    `json:"lists"`
	Population  int64       `json:"population"`
	Hidden      float64     `json:"expected_hidden"`
	OnLists     []float64   `json:"expected_on_lists"`
	Overlap     float64     `json:"expected_on_two_or_more"`
	Model       string      `json:"model,omitempty"`
	Shares      []shareJSON `json:"shares"`
	Replicates  int         `json:"replicates"`
	Levels      []float64   `json:"levels"`
}

type shareJSON struct {
	History string  `json:"history"`
	Share   float64 `json:"share"`
}

type simRunJSON struct {
	Version string   `json:"version"`
	Command []string `json:"command"`
	Seed    uint64   `json:"seed"`
}

type scoreJSON struct {
	Method    string              `json:"method"`
	Refused   *figureJSON         `json:"refused"`
	Reasons   []reasonJSON        `json:"reasons,omitempty"`
	LogBias   *figureJSON         `json:"log_hidden_bias"`
	LogRMSE   *figureJSON         `json:"log_hidden_rmse"`
	Bias      *figureJSON         `json:"population_bias"`
	RMSE      *figureJSON         `json:"population_rmse"`
	Selected  *figureJSON         `json:"true_model_selected"`
	Intervals []intervalScoreJSON `json:"intervals"`
}

type reasonJSON struct {
	Code  string `json:"code"`
	Count int    `json:"count"`
}

type intervalScoreJSON struct {
	Kind      string      `json:"kind"`
	Level     float64     `json:"level"`
	Coverage  *figureJSON `json:"coverage"`
	Honest    *figureJSON `json:"covered_or_refused"`
	Below     *figureJSON `json:"interval_below"`
	Above     *figureJSON `json:"interval_above"`
	Unbounded *figureJSON `json:"unbounded"`
	Width     *figureJSON `json:"log_width"`
	Median    *float64    `json:"log_width_median"`
}

// A figureJSON is null when there is nothing it could rest on.
type figureJSON struct {
	Value float64 `json:"value"`
	SE    float64 `json:"se"`
	Of    int     `json:"of"`
}

func figure(f scenario.Figure) *figureJSON {
	if f.Of == 0 {
		return nil
	}
	return &figureJSON{f.Value, f.SE, f.Of}
}

func simData(id scenario.Identity) simDataJSON {
	pop := id.Population
	d := simDataJSON{Source: id.Source, SHA256: id.SHA256(), Name: id.Name, Description: id.Description, Lists: pop.Lists, Population: pop.Size, Hidden: pop.Hidden(),
		Model: pop.Model, Replicates: id.Replicates, Levels: id.Levels}
	d.OnLists, d.Overlap = pop.Expected()
	for w, x := range pop.Share {
		d.Shares = append(d.Shares, shareJSON{estimators.Pattern(w).History(len(pop.Lists)), x})
	}
	return d
}

func simRun(id scenario.Identity) simRunJSON { return simRunJSON{id.Version, id.Command, id.Seed} }

func writeScoresJSON(w io.Writer, id scenario.Identity, scores []scenario.Score) error {
	out := simulationJSON{Schema: "darkfigure/simulate/v1", Data: simData(id), Run: simRun(id)}
	for _, s := range scores {
		j := scoreJSON{Method: s.Method, Refused: figure(s.Refused), LogBias: figure(s.LogBias), LogRMSE: figure(s.LogRMSE), Bias: figure(s.Bias), RMSE: figure(s.RMSE),
			Selected: figure(s.Selected), Intervals: []intervalScoreJSON{}}
		for _, r := range s.Reasons {
			j.Reasons = append(j.Reasons, reasonJSON{r.Code, r.Count})
		}
		for _, i := range s.Intervals {
			x := intervalScoreJSON{Kind: string(i.Kind), Level: i.Level, Coverage: figure(i.Coverage), Honest: figure(i.Honest), Below: figure(i.Below), Above: figure(i.Above),
				Unbounded: figure(i.Unbounded), Width: figure(i.Width)}
			if i.Width.Of > 0 {
				x.Median = &i.Median
			}
			j.Intervals = append(j.Intervals, x)
		}
		out.Scores = append(out.Scores, j)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
