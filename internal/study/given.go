package study

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"darkfigure/estimators"
	"darkfigure/internal/linkage"
	"darkfigure/internal/tableio"
)

// A given linkage is one of another program, drawn from as if it were ours.
type given struct {
	*linkage.GivenLinkage
	drawn *linkage.Draws
	point linkage.Partition
	files string // that it was read from
}

// readGiven reads the files of linkage.linked, and draws linkages from their probabilities. Rows about records that were left out
// of the population are passed over and counted.
func (l *Linked) readGiven(ctx context.Context) error {
	s, j := l.Job.Study, l.Job
	used := map[[2]string]bool{}
	sizes := map[string]int64{}
	for _, r := range l.All {
		sizes[r.Register.Name] = int64(len(r.IDs))
		for _, id := range r.IDs {
			used[[2]string{r.Register.Name, id}] = true
		}
	}
	x := linkage.NewExchange()
	g := &given{}
	for _, file := range s.Linking.Linked {
		path := file
		if !filepath.IsAbs(path) {
			path = filepath.Join(j.Folder, path)
		}
		src := tableio.Source{Path: path}
		header, err := tableio.RegisterHeader(ctx, src, tableio.Auto)
		if err != nil {
			return err
		}
		columns, err := x.Begin(header)
		if err != nil {
			return s.Fail("linkage.linked", fmt.Sprintf("linkage.linked: %s: %s", filepath.Base(path), err))
		}
		refers := references(columns)
		only := ""
		if len(l.All) == 1 {
			only = l.All[0].Register.Name
		}
		passed := int64(0)
		info, err := tableio.ReadRegister(ctx, src, tableio.RegisterOptions{Columns: columns}, func(line int, values []string) error {
			for _, at := range refers {
				name := only
				if at[0] >= 0 {
					name = values[at[0]]
				}
				if !used[[2]string{name, values[at[1]]}] {
					passed++
					return nil
				}
			}
			if err := x.Add(fmt.Sprintf("%s:%d", filepath.Base(path), line), values); err != nil {
				return s.Fail("linkage.linked", "linkage.linked: "+err.Error())
			}
			return nil
		})
		if err != nil {
			return err
		}
		if passed == info.Rows {
			return s.Fail("linkage.linked", fmt.Sprintf("linkage.linked: no row of %s is about a record of the registers: are source_dataset and unique_id the names and numbers of the study?", info.Source))
		}
		if passed > 0 {
			j.tell("%s: %s passed over, about records that were left out or are not in the registers", info.Source, countRows(passed))
		}
		if g.files != "" {
			g.files += ", "
		}
		g.files += info.Source
		l.inputs = append(l.inputs, fileJSON{File: info.Source, SHA256: info.SHA256, What: "linkage of another program"})
	}
	var err error
	if g.GivenLinkage, err = x.Done(sizes); err != nil {
		return s.Fail("linkage.linked", "linkage.linked: "+err.Error())
	}
	if g.drawn, err = g.Draw(ctx, linkage.DrawOptions{Seed: j.Seed, Draws: s.Linking.Draws, Workers: j.Workers}); err != nil {
		return err
	}
	if g.point, err = g.Point(ctx, s.Linking.Threshold); err != nil {
		return err
	}
	l.given = g
	return l.match()
}

func countRows(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return estimators.People(float64(n)) + " rows"
}

// references are the places of register (−1: none) and number of the records that a row is about.
func references(columns []string) [][2]int {
	var out [][2]int
	for _, side := range []string{"", "_l", "_r"} {
		if at := slices.Index(columns, "unique_id"+side); at >= 0 {
			out = append(out, [2]int{slices.Index(columns, "source_dataset"+side), at})
		}
	}
	return out
}

// match finds for every record of the registers the one in the given linkage; those it does not list are alone there.
func (l *Linked) match() error {
	g := l.given
	rows := g.Rows()
	of := map[[2]string]int{}
	unlisted := map[string][]int{}
	for i := range rows.Len() {
		name := g.Registers[rows.Register(i)]
		if id := g.ID(i); id != "" {
			of[[2]string{name, id}] = i
		} else {
			unlisted[name] = append(unlisted[name], i)
		}
	}
	for _, r := range l.All {
		order := make([]int, len(r.IDs))
		for k := range order {
			order[k] = k
		}
		slices.SortFunc(order, func(a, b int) int {
			if r.IDs[a] < r.IDs[b] {
				return -1
			}
			return 1
		})
		at := make([]int, len(r.IDs))
		for _, k := range order {
			i, ok := of[[2]string{r.Register.Name, r.IDs[k]}]
			if !ok {
				left := unlisted[r.Register.Name]
				if len(left) == 0 {
					return fmt.Errorf("%s: more records than the given linkage has room for", r.Register.Name)
				}
				i, unlisted[r.Register.Name] = left[0], left[1:]
			}
			at[k] = i
		}
		l.at = append(l.at, at...)
	}
	return nil
}

// describe tells a given linkage in the words of package estimators.
func (g *given) describe(threshold float64) (*estimators.Linkage, error) {
	out := &estimators.Linkage{Threshold: threshold}
	rows := g.Rows()
	persons := map[[2]int32]bool{}
	counts := make([]int64, len(g.Registers))
	for i := range rows.Len() {
		persons[[2]int32{int32(rows.Register(i)), g.point[i]}] = true
		counts[rows.Register(i)]++
	}
	for a, name := range g.Registers {
		r := estimators.LinkRegister{Name: name, Records: counts[a]}
		for p := range persons {
			if int(p[0]) == a {
				r.Persons++
			}
		}
		repeats := float64(r.Records - r.Persons)
		r.Duplicates = estimators.LinkRange{Value: repeats, Lower: repeats, Upper: repeats}
		out.Registers = append(out.Registers, r)
	}
	rates, err := g.drawn.Rates(g.point, nil)
	if err != nil {
		return nil, err
	}
	for _, r := range rates.Pairs {
		out.Pairs = append(out.Pairs, estimators.LinkPair{A: g.Registers[r.A], B: g.Registers[r.B], Possible: counts[r.A] * counts[r.B],
			Accepted: r.Accepted, Links: r.Links, FalseMatch: r.FalseMatch, MissedMatch: r.MissedMatch})
	}
	out.Chains = estimators.LinkChains{Draws: g.drawn.Len(), Source: g.files}
	if g.Certain {
		out.Warnings = append(out.Warnings, estimators.Warning{Code: "links-without-doubt", Text: g.files + " gives clusters without match probabilities: the interval takes the links for certain"})
	}
	if g.Between {
		out.Warnings = append(out.Warnings, estimators.Warning{Code: "repeats-not-compared",
			Text: g.files + " has no pair of two records of one register: every record is taken for a person of its own there, and whoever a register holds twice is counted twice"})
	}
	return out, nil
}
