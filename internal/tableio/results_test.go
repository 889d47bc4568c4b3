package tableio_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/tableio"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// The generators make results of every shape that the vocabulary allows.

var (
	label   = rapid.StringMatching(`[A-Za-z=+@<'][A-Za-z0-9 =<>&"'é\-]{0,8}`)
	number  = rapid.Float64Range(-1e12, 1e12)
	anyText = rapid.String()
)

func few[T any](g *rapid.Generator[T]) *rapid.Generator[[]T] { return rapid.SliceOfN(g, 0, 3) }

func drawResults(t *rapid.T) estimators.Results {
	lists := rapid.SliceOfNDistinct(label, 1, 5, rapid.ID).Draw(t, "lists")
	pattern := rapid.Custom(func(t *rapid.T) estimators.Pattern {
		return estimators.Pattern(rapid.Uint32Range(0, uint32(estimators.FullPattern(len(lists)))).Draw(t, "pattern"))
	})
	texts := few(anyText)
	interval := rapid.Custom(func(t *rapid.T) estimators.Interval {
		i := estimators.Interval{Kind: rapid.SampledFrom([]estimators.IntervalKind{estimators.Profile, estimators.LogNormal, estimators.Waring}).Draw(t, "kind"),
			Level: rapid.Float64Range(0, 1).Draw(t, "level"), Lower: rapid.Float64Range(1000, 1e6).Draw(t, "lower")}
		i.Upper = i.Lower + rapid.Float64Range(0, 1e9).Draw(t, "width")
		if rapid.Bool().Draw(t, "unbounded") {
			i.Upper = math.Inf(1)
		}
		return i
	})
	warning := rapid.Custom(func(t *rapid.T) estimators.Warning {
		return estimators.Warning{Code: label.Draw(t, "code"), Text: anyText.Draw(t, "text"), Cells: few(pattern).Draw(t, "cells"), Lists: few(label).Draw(t, "lists")}
	})
	point := rapid.Custom(func(t *rapid.T) estimators.Point {
		return estimators.Point{X: number.Draw(t, "x"), Y: number.Draw(t, "y")}
	})
	residual := rapid.Custom(func(t *rapid.T) estimators.Residual {
		return estimators.Residual{Pattern: pattern.Draw(t, "p"), Observed: rapid.Int64Range(0, 1e9).Draw(t, "o"), Fitted: number.Draw(t, "f"), Deviance: number.Draw(t, "d"), Pearson: number.Draw(t, "r"), Removed: rapid.Bool().Draw(t, "removed")}
	})
	candidate := rapid.Custom(func(t *rapid.T) estimators.Candidate {
		c := estimators.Candidate{Model: anyText.Draw(t, "model"), Terms: few(pattern).Draw(t, "terms"), Population: number.Draw(t, "N"), SE: number.Draw(t, "se"), Intervals: few(interval).Draw(t, "i"),
			BIC: number.Draw(t, "bic"), AIC: number.Draw(t, "aic"), AICc: number.Draw(t, "aicc"), Deviance: number.Draw(t, "dev"), DF: rapid.IntRange(0, 99).Draw(t, "df"), Parameters: rapid.IntRange(0, 99).Draw(t, "p"),
			Weight: rapid.Float64Range(0, 1).Draw(t, "w"), Chosen: rapid.Bool().Draw(t, "chosen"), Profile: few(point).Draw(t, "profile"), Residuals: few(residual).Draw(t, "res"), Warnings: few(warning).Draw(t, "warn")}
		if rapid.Bool().Draw(t, "aicc undefined") {
			c.AICc = math.Inf(1)
		}
		for range c.Terms {
			c.Signs = append(c.Signs, rapid.SampledFrom([]float64{-1.5, 0.25, math.Inf(-1)}).Draw(t, "sign"))
		}
		return c
	})
	group := rapid.Custom(func(t *rapid.T) estimators.Group {
		return estimators.Group{Models: rapid.IntRange(0, 9).Draw(t, "models"), Weight: number.Draw(t, "w"), Lower: number.Draw(t, "l"), Upper: number.Draw(t, "u"), Density: few(point).Draw(t, "d")}
	})
	refusal := func(t *rapid.T) *estimators.Refusal {
		w := warning.Draw(t, "refusal")
		return &estimators.Refusal{Code: w.Code, Text: w.Text, Cells: w.Cells, Lists: w.Lists}
	}
	step := rapid.Custom(func(t *rapid.T) estimators.Step {
		s := estimators.Step{Phase: "bic", Term: anyText.Draw(t, "term"), Model: anyText.Draw(t, "model"), Status: estimators.OK, Chosen: rapid.Bool().Draw(t, "chosen"),
			Fit: estimators.Fit{Parameters: 3, MinusInfinity: 1, DF: 2, Deviance: number.Draw(t, "deviance"), AICcUndefined: true}}
		if rapid.Bool().Draw(t, "refused") {
			s.Status, s.Reason = estimators.Refused, refusal(t)
			return s
		}
		s.Hidden, s.Population, s.SE = number.Draw(t, "hidden"), number.Draw(t, "N"), number.Draw(t, "se")
		return s
	})
	estimate := rapid.Custom(func(t *rapid.T) estimators.Estimate {
		e := estimators.Estimate{Method: label.Draw(t, "method"), Model: anyText.Draw(t, "model"), Observed: rapid.Int64Range(0, 1000).Draw(t, "n"), LowerBound: rapid.Bool().Draw(t, "lb"),
			Status: rapid.SampledFrom([]estimators.Status{estimators.OK, estimators.Warned, estimators.Refused}).Draw(t, "status"), Warnings: few(warning).Draw(t, "warnings"), Notes: texts.Draw(t, "notes")}
		for _, name := range rapid.SliceOfNDistinct(label, 0, 2, rapid.ID).Draw(t, "stratum") {
			e.Stratum = append(e.Stratum, estimators.Label{Name: name, Level: anyText.Draw(t, "level")})
		}
		if e.Status == estimators.Refused {
			e.Reason = refusal(t)
			return e
		}
		e.Hidden = rapid.Float64Range(0, 1e9).Draw(t, "hidden")
		e.Population = float64(e.Observed) + e.Hidden
		if e.HasSE = rapid.Bool().Draw(t, "has se"); e.HasSE {
			e.SE = rapid.Float64Range(0, 1e9).Draw(t, "se")
		}
		e.Intervals = few(interval).Draw(t, "intervals")
		if rapid.Bool().Draw(t, "fit") {
			e.Fit = &estimators.Fit{Parameters: 3, MinusInfinity: rapid.IntRange(0, 3).Draw(t, "inf"), DF: 4, Deviance: number.Draw(t, "dev"), Pearson: number.Draw(t, "x2"), LogLik: number.Draw(t, "ll"), AIC: number.Draw(t, "aic"), BIC: number.Draw(t, "bic"),
				AICcUndefined: rapid.Bool().Draw(t, "undef"), HasGoodnessOfFit: rapid.Bool().Draw(t, "hasgof")}
			if !e.Fit.AICcUndefined {
				e.Fit.AICc = number.Draw(t, "aicc")
			}
			if e.Fit.HasGoodnessOfFit {
				e.Fit.GoodnessOfFit = rapid.Float64Range(0, 1).Draw(t, "gof")
			}
		}
		for range rapid.IntRange(0, 2).Draw(t, "coefficients") {
			c := estimators.Coefficient{Name: label.Draw(t, "name"), Estimate: number.Draw(t, "est"), SE: number.Draw(t, "se")}
			if rapid.Bool().Draw(t, "-inf") {
				c.Estimate, c.SE = math.Inf(rapid.SampledFrom([]int{-1, 1}).Draw(t, "sign")), 0
			}
			e.Coefficients = append(e.Coefficients, c)
		}
		e.Residuals, e.Profile = few(residual).Draw(t, "res"), few(point).Draw(t, "profile")
		if rapid.Bool().Draw(t, "selection") {
			s := &estimators.Selection{Criterion: "bic", Search: "exact", MaxOrder: 3, Window: 6, Ranking: "bic", Considered: rapid.Float64Range(0, 1e13).Draw(t, "considered"), Fitted: 5, Refused: 2, Why: anyText.Draw(t, "why"),
				Candidates: few(candidate).Draw(t, "candidates")}
			if rapid.Bool().Draw(t, "averaged") {
				s.Averaged = &estimators.Average{Population: number.Draw(t, "N"), Intervals: few(interval).Draw(t, "i"), Density: few(point).Draw(t, "d")}
			}
			if rapid.Bool().Draw(t, "split") {
				s.Split = &estimators.Split{Term: pattern.Draw(t, "term"), With: group.Draw(t, "with"), Without: group.Draw(t, "without")}
			}
			s.Path = few(step).Draw(t, "path")
			e.Selection = s
		}
		if rapid.Bool().Draw(t, "bootstrap") {
			e.Bootstrap = &estimators.Resampling{Scheme: "nonparametric", Replicates: 1000, Failed: 3, Distinct: 2, Inner: 5, Top: 100, Acceleration: number.Draw(t, "a"),
				BiasCorrection: rapid.SampledFrom([]float64{0.5, -0.25, math.Inf(1), math.Inf(-1)}).Draw(t, "z0"),
				Models:         []estimators.Frequency{{Model: anyText.Draw(t, "model"), Count: 900}},
				Quantiles:      []float64{number.Draw(t, "q"), math.Inf(1)}}
			if rapid.Bool().Draw(t, "selected") {
				e.Bootstrap.WidthShare, e.Bootstrap.HasWidthShare = 0.5, true
				e.Bootstrap.Bagged, e.Bootstrap.BaggedSE, e.Bootstrap.HasBagged = number.Draw(t, "bagged"), number.Draw(t, "se"), true
			}
		}
		if rapid.Bool().Draw(t, "pooled") {
			e.Pooled = &estimators.Pooled{Draws: 60, Refused: 1, Share: .25, DF: number.Draw(t, "df"), Observed: estimators.LinkRange{Value: 12, Lower: 11, Upper: 13},
				Each: []estimators.Drawn{{Observed: 12, Population: number.Draw(t, "N"), Model: anyText.Draw(t, "model")}}, Models: []estimators.Frequency{{Model: "[A,B]", Count: 59}}}
		}
		if rapid.Bool().Draw(t, "multiplied") {
			e.Multiplied = &estimators.Multiplied{Source: label.Draw(t, "source"), Benchmark: 68, Share: .35, Respondents: 250, DesignEffect: 1, Sensitivity: .9, SensitivityChecked: 50, Specificity: 1, Corrected: number.Draw(t, "corrected")}
			e.Combination = &estimators.Combination{Sources: []string{"a", "b"}, Weights: []float64{.25, .75}, Without: []float64{200, number.Draw(t, "without")}, Q: number.Draw(t, "q"), DF: 1, P: .5, Tau: .1, Smallest: 150, Largest: 200}
			e.InView = &estimators.InView{Registered: 68, Visitors: 150, Known: .35, New: 97.5, AtLeast: 165.5, Lower: 156, Upper: 175, Level: .95, Years: 5, PerYear: 33.1, Against: number.Draw(t, "against"), Needed: 455, Held: .15}
		}
		return e
	})
	r := estimators.Results{
		Data: estimators.Data{Source: label.Draw(t, "source"), SHA256: "ab", Lists: lists, Observed: 12, Cells: 1<<len(lists) - 1, Occupied: 1, Period: anyText.Draw(t, "period"), Definition: anyText.Draw(t, "definition"), Notes: texts.Draw(t, "notes"),
			Covariates: few(rapid.Custom(func(t *rapid.T) estimators.Covariate {
				return estimators.Covariate{Name: label.Draw(t, "cov"), Levels: texts.Draw(t, "levels")}
			})).Draw(t, "covariates"),
			Counts: few(rapid.Custom(func(t *rapid.T) estimators.Cell {
				return estimators.Cell{Pattern: pattern.Draw(t, "p"), Count: rapid.Int64Range(0, 1<<53).Draw(t, "n"), StructuralZero: rapid.Bool().Draw(t, "z")}
			})).Draw(t, "counts")},
		Run: estimators.RunInfo{Version: "v1", Command: texts.Draw(t, "command"), Seed: rapid.Uint64().Draw(t, "seed")},
	}
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		r.Estimates = few(estimate).Draw(t, "estimates")
	case 1:
		r.Models = few(estimate).Draw(t, "models")
		r.Ranking = "bic"
		r.Path = few(step).Draw(t, "path")
		for range r.Models {
			r.Weights = append(r.Weights, rapid.Float64Range(0, 1).Draw(t, "weight"))
		}
	default:
		d := &estimators.Description{Observed: 12, EmptyPairs: few(pattern).Draw(t, "empty"), Warnings: few(warning).Draw(t, "w")}
		for i, l := range lists {
			d.Lists = append(d.Lists, estimators.ListSummary{Name: l, Total: int64(i), Only: 1, Shared: 2, Of: number.Draw(t, "of")})
			d.Captures = append(d.Captures, estimators.CaptureRow{I: int64(i + 1), F: 1, U: 2, V: 3, N: 4})
		}
		if len(lists) > 1 {
			p := estimators.Pair{A: 0, B: 1, Both: 3, Expected: number.Draw(t, "exp"), Status: estimators.OK, Population: number.Draw(t, "N"), SE: number.Draw(t, "se"), Interval: interval.Draw(t, "i")}
			if rapid.Bool().Draw(t, "odds") {
				p.OddsRatio, p.HasOdds = number.Draw(t, "or"), true
			}
			d.Pairs = append(d.Pairs, p, estimators.Pair{A: 1, B: 0, Status: estimators.Refused, Reason: refusal(t)})
		}
		if rapid.Bool().Draw(t, "coverage") {
			d.Coverage = &estimators.Coverage{Share: number.Draw(t, "share")}
		}
		d.Estimable = []estimators.Estimable{{Model: "x", Status: estimators.OK}, {Model: "y", Status: estimators.Refused, Reason: refusal(t)}}
		r.Description = d
	}
	if rapid.Bool().Draw(t, "linkage") {
		r.Linkage = &estimators.Linkage{Study: anyText.Draw(t, "study"), Threshold: .5, Registers: []estimators.LinkRegister{{Name: label.Draw(t, "register"), Read: 12, Records: 12}},
			Pairs:    []estimators.LinkPair{{A: "x", B: "y", EM: number.Draw(t, "em"), Trace: [][]int{{1, 2}, {2, 1}}}},
			Curve:    []estimators.LinkCurve{{Exact: true, Reason: &estimators.Refusal{Code: "no-overlap", Text: anyText.Draw(t, "why")}}},
			Warnings: []estimators.Warning{{Code: "few-matches", Text: anyText.Draw(t, "text"), Lists: lists}}}
	}
	for range rapid.IntRange(0, 2).Draw(t, "cards") {
		r.Cards = append(r.Cards, estimators.Method{Name: label.Draw(t, "name"), Title: anyText.Draw(t, "title"), Assumes: texts.Draw(t, "assumes"), MinLists: 2, LowerBound: rapid.Bool().Draw(t, "lb")})
	}
	return r
}

func TestResultsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawResults(t)
		var b, again bytes.Buffer
		if err := tableio.WriteResults(&b, tableio.JSON, want); err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsAny(b.Bytes(), "<>&") {
			t.Errorf("JSON can close an HTML element: %s", b.Bytes())
		}
		got, err := tableio.ReadResults(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("%v\n%s", err, b.Bytes())
		}
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(estimators.Method{}, "New")); d != "" {
			t.Fatalf("%s\n%s", d, b.Bytes())
		}
		if err := tableio.WriteResults(&again, tableio.JSON, got); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Fatalf("written again it differs (%v)\n%s\n%s", err, b.Bytes(), again.Bytes())
		}
	})
}

func TestJSONContract(t *testing.T) {
	var b strings.Builder
	r := small()
	if err := tableio.WriteResults(&b, tableio.JSON, r); err != nil {
		t.Fatal(err)
	}
	want := `{
  "schema": "darkfigure/estimates/v1",
  "data": {
    "source": "uk.csv",
    "sha256": "00",
    "lists": ["LA", "NG"],
    "observed": 30,
    "cells": 3,
    "occupied": 2,
    "period": "2013",
    "counts": [
      {
        "history": "10",
        "count": 20
      },
      {
        "history": "11",
        "count": 10
      }
    ]
  },
  "estimates": [
    {
      "method": "chapman",
      "model": "",
      "stratum": {
        "year": "2013"
      },
      "observed": 30,
      "hidden": 10.5,
      "population": 40.5,
      "se": 2.25,
      "interval": {
        "kind": "waring",
        "level": 0.95,
        "lower": 32,
        "upper": null
      },
      "intervals": [
        {
          "kind": "waring",
          "level": 0.95,
          "lower": 32,
          "upper": null
        }
      ],
      "visibility": {
        "share": 0.7407407407407407,
        "lower": 0,
        "upper": 0.9375
      },
      "fit": null,
      "status": "warning",
      "warnings": [
        {
          "code": "unbounded-upper",
          "text": "the data set no upper limit",
          "cells": ["11"]
        }
      ]
    },
    {
      "method": "petersen",
      "model": "",
      "stratum": {
        "year": "2013"
      },
      "observed": 30,
      "hidden": null,
      "population": null,
      "se": null,
      "interval": null,
      "intervals": [],
      "visibility": null,
      "fit": null,
      "status": "refused",
      "reason": {
        "code": "no-overlap",
        "text": "nobody is on both lists",
        "lists": ["LA", "NG"]
      },
      "warnings": []
    }
  ],
  "run": {
    "version": "v0",
    "command": ["estimate", "uk.csv"],
    "seed": 1
  }
}
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

// small is one estimate with a warning and one refusal.
func small() estimators.Results {
	stratum := []estimators.Label{{Name: "year", Level: "2013"}}
	return estimators.Results{
		Data: estimators.Data{Source: "uk.csv", SHA256: "00", Lists: []string{"LA", "NG"}, Observed: 30, Cells: 3, Occupied: 2, Period: "2013",
			Counts: []estimators.Cell{{Pattern: 1, Count: 20}, {Pattern: 3, Count: 10}}},
		Estimates: []estimators.Estimate{
			{Method: "chapman", Stratum: stratum, Observed: 30, Hidden: 10.5, Population: 40.5, SE: 2.25, HasSE: true, Status: estimators.Warned,
				Intervals: []estimators.Interval{{Kind: estimators.Waring, Level: 0.95, Lower: 32, Upper: math.Inf(1)}},
				Warnings:  []estimators.Warning{{Code: "unbounded-upper", Text: "the data set no upper limit", Cells: []estimators.Pattern{3}}}},
			{Method: "petersen", Stratum: stratum, Observed: 30, Status: estimators.Refused, Reason: &estimators.Refusal{Code: "no-overlap", Text: "nobody is on both lists", Lists: []string{"LA", "NG"}}},
		},
		Run: estimators.RunInfo{Version: "v0", Command: []string{"estimate", "uk.csv"}, Seed: 1},
	}
}

func TestWriteResultsRefusesNaN(t *testing.T) {
	r := small()
	r.Estimates[0].SE = math.NaN()
	for _, f := range []tableio.Format{tableio.JSON} {
		if err := tableio.WriteResults(&bytes.Buffer{}, f, r); err == nil {
			t.Errorf("%s: NaN was written", f)
		}
	}
}

func TestReadResultsRefuses(t *testing.T) {
	var good strings.Builder
	if err := tableio.WriteResults(&good, tableio.JSON, small()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, in, want string }{
		{"empty", "  ", "the file is empty"},
		{"not JSON", "{\n\"schema\": oops", "results:2: not valid JSON"},
		{"another schema", `{"schema":"darkfigure/linkage/v1"}`, "the schema \"darkfigure/linkage/v1\" is not one that is read here"},
		{"no schema", `{"estimates":[]}`, "the field \"schema\" is missing"},
		{"wrong type", strings.Replace(good.String(), `"observed": 30`, `"observed": "many"`, 1), `the field "data.observed" holds a string`},
		{"below observed", strings.Replace(good.String(), `"population": 40.5`, `"population": 4`, 1), "lies below the 30 observed"},
		{"no population", strings.Replace(good.String(), `"population": 40.5`, `"population": null`, 1), "has no population"},
		{"history too long", strings.Replace(good.String(), `"history": "11"`, `"history": "111"`, 1), "has more lists than the 2 of the data"},
		{"bad status", strings.Replace(good.String(), `"refused"`, `"fine"`, 1), `the status "fine" is none of`},
	} {
		_, err := tableio.ReadResults(strings.NewReader(c.in))
		var syntax *tableio.SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func ExampleWriteResults() {
	r := estimators.Results{Estimates: []estimators.Estimate{{
		Method: "chapman", Observed: 30, Hidden: 10.5, Population: 40.5, SE: 2.25, HasSE: true, Status: estimators.OK,
		Intervals: []estimators.Interval{{Kind: estimators.Waring, Level: 0.95, Lower: 36, Upper: 60}}}}}
	if err := tableio.WriteResults(os.Stdout, tableio.CSV, r); err != nil {
		fmt.Println(err)
	}
	// Output:
	// method,model,observed,hidden,population,se,lower,upper,level,interval,visibility,visibility_lower,visibility_upper,parameters,df,deviance,loglik,aic,bic,status,reason,seed,bound,warnings,near_lower,near_upper,source,sha256
	// chapman,,30,10.5,40.5,2.25,36,60,0.95,waring,0.7407407407407407,0.5,0.8333333333333334,,,,,,,ok,,0,,,,,,
}
