package study_test

import (
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/scenario"
)

// A design is a kind of study that the whole way from records to an interval is tried on. Unless it says
// otherwise: 1,300 people, independent captures, an error in 10 % of each of given name, surname and birth date, 5 %
// missing, and a fifth of the records poor, with three times as many errors.
type design struct {
	name, what string
	scenario   string // YAML of registers
	selected   bool   // the model is selected; else independence with a log-normal interval
	duplicates bool
	gate       bool // of these the pooled interval has to cover
}

var designs = []design{
	{name: "T1", what: "three registers, 30, 25, 20 %", scenario: "population: {size: 1300}\nregisters:\n  a: {share: 0.30}\n  b: {share: 0.25}\n  c: {share: 0.20}\n", gate: true},
	{name: "T2", what: "three registers, 54, 45, 36 %", scenario: "population: {size: 1300}\nregisters:\n  a: {share: 0.54}\n  b: {share: 0.45}\n  c: {share: 0.36}\n", gate: true},
	{name: "T5", what: "two registers, 45, 37.5 %", scenario: "population: {size: 1300}\nregisters:\n  a: {share: 0.45}\n  b: {share: 0.375}\n", gate: true},
	{name: "four", what: "four registers, 30, 25, 20, 15 %", scenario: "population: {size: 1300}\nregisters:\n  a: {share: 0.30}\n  b: {share: 0.25}\n  c: {share: 0.20}\n  d: {share: 0.15}\n"},
	{name: "typos", what: "T1 with an error in 20 % of each field", scenario: "population: {size: 1300}\nregisters:\n  a: {share: 0.30}\n  b: {share: 0.25}\n  c: {share: 0.20}\nerrors: {rate: 0.20}\n"},
	{name: "names", what: "T1 where names are few: 300 surnames besides the frequent ones",
		scenario: "population: {size: 1300, surnames: 300}\nregisters:\n  a: {share: 0.30}\n  b: {share: 0.25}\n  c: {share: 0.20}\n"},
	{name: "duplicates", what: "T1 with 0.1 further records for everybody in a register", duplicates: true,
		scenario: "population: {size: 1300}\nregisters:\n  a: {share: 0.30, duplicates: 0.1}\n  b: {share: 0.25, duplicates: 0.1}\n  c: {share: 0.20, duplicates: 0.1}\n"},
	{name: "dependent", what: "T1 where a refers to c (odds ratio 3); the model is selected", selected: true,
		scenario: "population: {size: 1300}\nregisters:\n  a: {share: 0.30}\n  b: {share: 0.25}\n  c: {share: 0.20}\nreferral:\n  - {from: a, to: c, odds_ratio: 3}\n"},
	{name: "severity", what: "T1 where people differ in how visible they are (odds × 2 per standard deviation on each register); the model is selected", selected: true,
		scenario: "population: {size: 1300}\nregisters:\n  a: {share: 0.30, odds: {severity: 2}}\n  b: {share: 0.25, odds: {severity: 2}}\n  c: {share: 0.20, odds: {severity: 2}}\n"},
	{name: "visibility", what: "three registers, 8, 5, 3 %", scenario: "population: {size: 1300}\nregisters:\n  a: {share: 0.08}\n  b: {share: 0.05}\n  c: {share: 0.03}\n"},
	{name: "visibility-selected", what: "the same; the model is selected", selected: true, scenario: "population: {size: 1300}\nregisters:\n  a: {share: 0.08}\n  b: {share: 0.05}\n  c: {share: 0.03}\n"},
}

// world makes the design ready.
func (d design) world(t testing.TB) *scenario.World {
	t.Helper()
	r, err := scenario.ParseRegisters([]byte(d.scenario), d.name)
	if err != nil {
		t.Fatal(err)
	}
	w, err := r.World()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// estimator of one table: of the truth, or of a linkage taken as it is.
func (d design) estimator(k int, seed uint64) estimators.Estimator {
	if !d.selected {
		m := loglinear.Independence(k)
		return loglinear.LogLinear{Model: &m, Kind: estimators.LogNormal, Window: -1}
	}
	return loglinear.LogLinear{Bootstrap: &loglinear.Bootstrap{Replicates: 300, Seed: seed, Workers: 1}}
}

// pooledEstimator is the estimator whose estimates are pooled over draws, which brings replicates of its own.
func (d design) pooledEstimator(k int) estimators.Estimator {
	if !d.selected {
		return d.estimator(k, 0)
	}
	return loglinear.LogLinear{}
}
