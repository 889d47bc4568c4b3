package study_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
	"darkfigure/internal/study"
)

const synthetic = "../../testdata/registers"

// copied makes a copy of the synthetic study, its registers changed by change, and links it.
func copied(t *testing.T, yaml string, workers int, change func(lines []string)) *study.Linked {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"politie.csv", "jeugdzorg.csv", "jeugdbescherming.csv", "chatlijn.csv"} {
		src, err := os.ReadFile(filepath.Join(synthetic, name))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(strings.TrimRight(string(src), "\n")+"\n", "\n")
		lines = lines[:len(lines)-1]
		change(lines[1:])
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Join(lines, "")), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s, err := study.Parse([]byte(yaml), "study.yaml")
	if err != nil {
		t.Fatal(err)
	}
	l, err := (&study.Job{Study: s, Folder: dir, Seed: 1, Workers: workers}).Link(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func syntheticStudy(t *testing.T) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(synthetic, "study.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// TestOrderIsNothing: rows in another order, registers in another order in the study file, and another number of workers give
// the same persons, rates, draws and clusters.
func TestOrderIsNothing(t *testing.T) {
	yaml := syntheticStudy(t)
	first := copied(t, yaml, 1, func([]string) {})
	// The blocks of the registers, each starting with two spaces and a name, in reverse.
	head, rest, _ := strings.Cut(yaml, "registers:\n")
	var blocks []string
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "   ") {
			blocks = append(blocks, "")
		}
		blocks[len(blocks)-1] += line
	}
	slices.Reverse(blocks)
	k := uint64(0)
	second := copied(t, head+"registers:\n"+strings.Join(blocks, ""), 8, func(lines []string) {
		k++
		resample.Stream(5, k).Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	})
	told := func(l *study.Linked) string {
		var out []string
		for _, o := range l.Linkage.Overlaps {
			lists := slices.Sorted(slices.Values(o.Lists))
			out = append(out, fmt.Sprint(lists, o.Point, o.Draws))
		}
		for _, p := range l.Linkage.Pairs {
			out = append(out, fmt.Sprint(min(p.A, p.B), max(p.A, p.B), p.Accepted, p.Links, p.FalseMatch, p.MissedMatch, p.EM, p.RHat))
		}
		for _, r := range l.Linkage.Registers {
			r.SHA256 = ""
			out = append(out, fmt.Sprint(r))
		}
		slices.Sort(out)
		return strings.Join(out, "\n")
	}
	if a, b := told(first), told(second); a != b {
		t.Errorf("%s\n\nin another order\n\n%s", a, b)
	}
	cluster := func(l *study.Linked) map[string]string {
		out := map[string]string{}
		for _, r := range l.Records() {
			out[r.Source+":"+r.ID] = fmt.Sprint(r.Cluster, r.Probability)
		}
		return out
	}
	a, b := cluster(first), cluster(second)
	for id, c := range a {
		if b[id] != c {
			t.Fatalf("%s: cluster %s, in another order %s", id, c, b[id])
		}
	}
	if len(a) != len(b) {
		t.Errorf("%d records, in another order %d", len(a), len(b))
	}
}

// TestRecordsAddUp: records read are records used and records left out, and every used record is in linked output.
func TestRecordsAddUp(t *testing.T) {
	l := copied(t, syntheticStudy(t), 0, func([]string) {})
	used := int64(0)
	for _, r := range l.Linkage.Registers {
		left := int64(0)
		for _, e := range r.Excluded {
			left += e.Count
		}
		if r.Read != left+r.Records {
			t.Errorf("%s: %d read, %d left out, %d used", r.Name, r.Read, left, r.Records)
		}
		if !r.Anonymous {
			used += r.Records
		}
	}
	if n := int64(len(l.Records())); n != used {
		t.Errorf("%d records in linked output, %d used", n, used)
	}
	persons := 0.0
	for _, o := range l.Linkage.Overlaps {
		persons += o.Draws.Value
	}
	if d := persons - l.Linkage.Persons.Value; d > 1e-9 || d < -1e-9 {
		t.Errorf("%v persons by history, %v in all", persons, l.Linkage.Persons.Value)
	}
	// The pseudonyms are those of the draws' hardest clusters too.
	names := map[string]bool{}
	for _, r := range l.Records() {
		names[r.Cluster] = true
	}
	last := 0.0
	for _, h := range l.Linkage.Hardest {
		for c := range strings.SplitSeq(h.Cluster, " + ") {
			if !names[c] {
				t.Errorf("the cluster %s is in no record", c)
			}
		}
		if len(h.Registers) < 2 || h.Probability < last || h.Probability >= 1 {
			t.Errorf("%+v: a group that is hard to decide is of several registers, and the hardest is first", h)
		}
		last = h.Probability
	}
	if last == 0 {
		t.Error("no group is hard to decide")
	}
	var b bytes.Buffer
	if err := l.Write(&b); err != nil {
		t.Fatal(err)
	}
	var back struct {
		Schema string `json:"schema"`
		estimators.Linkage
	}
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || back.Schema != "darkfigure/linkage/v1" || len(back.Overlaps) != 7 {
		t.Errorf("%v: %s, %d histories", err, back.Schema, len(back.Overlaps))
	}
}

// TestByGroup: a table with covariates adds up to the one without, and every group has an estimate or a reason.
func TestByGroup(t *testing.T) {
	yaml := syntheticStudy(t) + "estimate: {by: [sex], methods: [independence]}\nlinkage: {draws: 12}\n"
	l := copied(t, yaml, 0, func([]string) {})
	a, err := l.Job.Estimate(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Results.Estimates) != 0 {
		t.Fatal("there are no methods")
	}
	l.Job.Methods = []estimators.Method{{Name: "independence", New: func(estimators.Options) estimators.Estimator { return named(t, "independence") }}}
	if a, err = l.Job.Estimate(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	// The total comes first, though the few people whose sex is not known may have no estimate; the groups count the same people.
	total, groups := a.Results.Estimates[0], a.Results.Estimates[1:]
	n := int64(0)
	for _, e := range groups {
		if len(e.Stratum) != 1 || e.Stratum[0].Name != "sex" {
			t.Errorf("%v", e.Stratum)
		}
		n += e.Observed
	}
	if len(total.Stratum) != 0 || total.Status == estimators.Refused || len(groups) < 2 || n != total.Observed || float64(n) != math.Round(l.Linkage.Persons.Value) {
		t.Errorf("%d groups of %d persons, the total %s of %d, %v in all", len(groups), n, total.Status, total.Observed, l.Linkage.Persons.Value)
	}
	if v := a.Visibility[0].Total(); v.Observed != total.Observed || v.Population != total.Population || v.AsOne != slices.ContainsFunc(groups, func(e estimators.Estimate) bool { return e.Status == estimators.Refused }) {
		t.Errorf("the visibility has %d people of %v, the estimates %d of %v", v.Observed, v.Population, total.Observed, total.Population)
	}
}

// TestAbsent: where a register did not run its cells are structural zeros, and the group is estimated from the other registers; records of it there, fields and levels that are
// not known are errors.
func TestAbsent(t *testing.T) {
	with := func(absent, by string) string {
		yaml := strings.Replace(syntheticStudy(t), "    id: bvh_nummer\n", "    id: bvh_nummer\n    include: {where: {geslacht: v}}\n    absent: "+absent+"\n", 1)
		return yaml + "estimate: {by: [" + by + "]}\nlinkage: {draws: 8}\n"
	}
	l := copied(t, with("{sex: man}", "sex"), 0, func([]string) {})
	l.Job.Methods = []estimators.Method{{Name: "independence", New: func(estimators.Options) estimators.Estimator { return named(t, "independence") }}}
	a, err := l.Job.Estimate(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	zeros := map[string]int{}
	for _, c := range a.Table.Cells() {
		if c.StructuralZero {
			zeros[c.Levels[0]]++
			if !c.Pattern.Has(0) {
				t.Errorf("%v is no pattern of the register that did not run", c)
			}
		}
	}
	if len(zeros) != 1 || zeros["male"] != 4 {
		t.Errorf("structural zeros %v, want the 4 patterns with politie among males", zeros)
	}
	for _, e := range a.Results.Estimates {
		out := slices.ContainsFunc(e.Notes, func(n string) bool {
			return strings.Contains(n, "politie could not hold anybody here: the answer is from jeugdzorg, jeugdbescherming")
		})
		if len(e.Stratum) == 1 && out != (e.Stratum[0].Level == "male") && e.Status != estimators.Refused {
			t.Errorf("%v: %v", e.Stratum, e.Notes)
		}
	}
	for yaml, want := range map[string]string{
		with("{sex: mail}", "sex"): "registers.politie.absent.sex: no record has the sex mail: did you mean male?",
		with("{sex: v}", "sex"):    "registers.politie.absent: the register did not run there, but has 2",
		with("{sex: m}", "place"):  "registers.politie.absent.sex: where a register did not run is taken into account by group: add estimate: {by: [sex]}",
		with("{sex: []}", "sex"):   "name the levels at which the register did not run",
		strings.Replace(with("{sex: m}", "sex"), "    anonymous: true\n", "    anonymous: true\n    absent: {sex: m}\n", 1): "this is for a register that is linked",
	} {
		s, err := study.Parse([]byte(yaml), "study.yaml")
		if err == nil {
			_, err = (&study.Job{Study: s, Folder: synthetic, Seed: 1}).Link(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
