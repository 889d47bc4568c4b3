package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/internal/scenario"
)

// planReplicates is the number of tables for each factor when nothing is said; the median half-width is then known to
// a few per cent.
const planReplicates = 200

func (p *program) plan(c *cli.Context, path string, src []byte) error {
	out, err := p.outputOf(c, "text", "json")
	if err != nil {
		return err
	}
	jobs, err := jobsOf(c)
	if err != nil {
		return err
	}
	precision := 0.25
	if c.IsSet("precision") {
		number, percent := strings.CutSuffix(c.String("precision"), "%")
		precision, err = strconv.ParseFloat(number, 64)
		if percent {
			precision /= 100
		}
		if err != nil || !(precision > 0 && precision <= 10) {
			return usage("write 25% or 0.25", "--precision %s is not a part of the estimate", c.String("precision"))
		}
	}
	s, err := p.scenario(c, path, src)
	if err != nil {
		return err
	}
	if !c.IsSet("replicates") {
		s.Replicates = planReplicates
	}
	study, id, err := p.study(c, s)
	if err != nil {
		return err
	}
	models := tableModels{p, filepath.Dir(c.Args().First())}
	plan, err := s.Plan(c.Context, models, study.Methods[0], precision, jobs, func(st scenario.Step) {
		if !out.quiet && p.interactive {
			p.say("shares × %.3g: half-width %s in the median", st.Factor, percentOrNone(st.HalfWidth))
		}
	})
	if err != nil {
		return err
	}
	return out.put(c.Context, func(w io.Writer) error {
		if out.format == "json" {
			return writePlanJSON(w, id, plan, c.String("precision"))
		}
		return writePlan(w, id, plan)
	})
}

func percentOrNone(x float64) string {
	if math.IsInf(x, 1) {
		return "no limit"
	}
	return fmt.Sprintf("%.0f %%", 100*x)
}

func writePlan(w io.Writer, id scenario.Identity, p *scenario.Plan) error {
	var b strings.Builder
	para := func(format string, args ...any) {
		b.WriteString(hanging("", 0, fmt.Sprintf(format, args...), textWidth))
	}
	para("%s: %s people, %s", id.Name, estimators.People(float64(id.Population.Size)), strings.Join(id.Population.Lists, ", "))
	para("How large would the lists have to be for a %g %% interval that reaches at most %g %% above and below the estimate?", 100*p.Level, 100*p.Precision)
	para("%s; %d tables for each factor on the capture shares.", p.Method, p.Replicates)
	b.WriteByte('\n')
	now := p.Steps[0]
	switch at := p.Answer; {
	case at < 0:
		best := slices.MinFunc(p.Steps, func(a, b scenario.Step) int { return cmp.Compare(a.HalfWidth, b.HalfWidth) })
		said := fmt.Sprintf("The best is %.3g, where half of all intervals reach %s or more.", best.Factor, percentOrNone(best.HalfWidth))
		if math.IsInf(best.HalfWidth, 1) {
			said = "Half of all tables have no interval with an upper limit, whatever the factor."
		}
		para("No factor is enough, up to every list holding 95 %% of the people. %s", said)
	case at == 0 && now.Factor == 1:
		para("They are large enough: half of all intervals reach %s or less.", percentOrNone(now.HalfWidth))
	default:
		st := p.Steps[at]
		para("About %.2g times as large as they are. Half of all intervals are then precise enough. Expected would be", st.Factor)
		for i, name := range id.Population.Lists {
			fmt.Fprintf(&b, "  %s people on %s, instead of %s\n", estimators.People(st.Lists[i]), name, estimators.People(now.Lists[i]))
		}
		fmt.Fprintf(&b, "  %s people on two lists or more, instead of %s.\n", estimators.People(st.Overlap), estimators.People(now.Overlap))
	}
	if at := p.Answer; at >= 0 && p.Steps[at].Coverage.Value+2*p.Steps[at].Coverage.SE < p.Level {
		para("But that interval holds the true number in %s of the tables only, not in %g %%: plan with a method that covers, by listing it first.", inPercent(p.Steps[at].Coverage.Value), 100*p.Level)
	}
	if now.Refused.Value > 0 || now.Unbounded.Value > 0 {
		said := fmt.Sprintf("As things are, %s of the tables have no estimate", inPercent(now.Refused.Value))
		if now.Unbounded.Of > 0 {
			said += fmt.Sprintf(", and %s of the intervals no upper limit", inPercent(now.Unbounded.Value))
		}
		para("%s.", said)
	}
	b.WriteByte('\n')
	b.WriteString("  factor  on 2 or more  refused  no limit %  half-width   precise %    covers %\n")
	for _, st := range p.Steps {
		fmt.Fprintf(&b, "%s%s%s%s%s%s%s\n", column(fmt.Sprintf("%.2f", st.Factor), 8), column(estimators.People(st.Overlap), 14), column(inPercent(st.Refused.Value), 9), column(bareError(st.Unbounded), 12),
			column(percentOrNone(st.HalfWidth), 12), column(bareError(st.Precise), 12), column(bareError(st.Coverage), 12))
	}
	b.WriteByte('\n')
	para("The factor is on the capture shares of all lists, at most 95 %% each; odds ratios stay as they are. On 2 or more: people expected on two lists or more. Half-width: that half of all intervals do not exceed; precise: share of the tables whose interval is precise enough. A refusal and an interval without an upper limit count as infinitely wide. ± is one Monte-Carlo standard error.")
	_, err := io.WriteString(w, b.String())
	return err
}

type planJSON struct {
	Schema    string      `json:"schema"`
	Data      simDataJSON `json:"data"`
	Method    string      `json:"method"`
	Level     float64     `json:"level"`
	Precision float64     `json:"precision"`
	Answer    *float64    `json:"answer"` // the factor; null when none is enough
	Steps     []stepJSON  `json:"steps"`
	Run       simRunJSON  `json:"run"`
}

type stepJSON struct {
	Factor    float64     `json:"factor"`
	Lists     []float64   `json:"expected_on_lists"`
	Overlap   float64     `json:"expected_on_two_or_more"`
	Refused   *figureJSON `json:"refused"`
	Unbounded *figureJSON `json:"unbounded"`
	HalfWidth *float64    `json:"median_half_width"` // null: no limit
	Precise   *figureJSON `json:"precise"`
	Coverage  *figureJSON `json:"coverage"`
}

func writePlanJSON(w io.Writer, id scenario.Identity, p *scenario.Plan, precision string) error {
	id.Replicates = p.Replicates
	id.Command = append(id.Command, "--plan")
	if precision != "" {
		id.Command = append(id.Command, "--precision", precision)
	}
	out := planJSON{Schema: "darkfigure/plan/v1", Data: simData(id), Method: p.Method, Level: p.Level, Precision: p.Precision, Run: simRun(id)}
	if p.Answer >= 0 {
		out.Answer = &p.Steps[p.Answer].Factor
	}
	for _, st := range p.Steps {
		s := stepJSON{Factor: st.Factor, Lists: st.Lists, Overlap: st.Overlap, Refused: figure(st.Refused), Unbounded: figure(st.Unbounded), Precise: figure(st.Precise), Coverage: figure(st.Coverage)}
		if !math.IsInf(st.HalfWidth, 1) {
			s.HalfWidth = &st.HalfWidth
		}
		out.Steps = append(out.Steps, s)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
