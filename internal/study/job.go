package study

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/linkage"
)

// A Job is a study to be done.
type Job struct {
	Study       *Study
	Folder      string // of the study file, to which its paths are relative
	Seed        uint64
	Workers     int                                  // never changes the answer
	Methods     []estimators.Method                  // that estimate from the linked registers
	WriteLinked bool                                 // linked.csv is among the files
	Publish     Publishing                           // nothing but what may be published is among the files
	Run         estimators.RunInfo                   // of the results
	Flags       []string                             // of the command that change the files and no result; in the manifest alone
	Tell        func(line string)                    // is told what is done, before it is done; nil tells nobody
	Progress    func(step string, done, total int64) // of steps that may last, from any goroutine; nil tells nobody
}

func (j *Job) tell(format string, args ...any) {
	if j.Tell != nil {
		j.Tell(fmt.Sprintf(format, args...))
	}
}

// A Linked study: who is who, at best and in draws.
type Linked struct {
	Linkage *estimators.Linkage
	Job     *Job
	All     []*Records // of the registers that are linked, in the order of the study file
	Others  []*Records // of the anonymous ones
	// Visitors is what the anonymous registers say, after Estimate.
	Visitors []Visitors

	linked *linkage.Linked // nil when another program linked
	given  *given
	fields []linkage.Field
	values []string // names of the values of every record
	at     []int    // of every record in the order of All: its number in linked
	crowd  *crowd
	point  linkage.Partition // of the records in the order of All
	spread stays             // of the point linkage, after Estimate
	draws  int
	inputs []fileJSON

	reviewed *estimators.LinkReview
}

// Link reads the registers, takes the records of the population and links them. What the study file or a register has wrong is
// a [*SyntaxError] or an error with the file and the line; what cannot be linked is a [*estimators.Refusal].
func (j *Job) Link(ctx context.Context) (*Linked, error) {
	s := j.Study
	all, err := s.Read(ctx, j.Folder)
	if err != nil {
		return nil, err
	}
	l := &Linked{Job: j, inputs: []fileJSON{{File: s.File, SHA256: s.SHA256, What: "study file"}}}
	extras, err := s.extras(j.Folder)
	if err != nil {
		return nil, err
	}
	l.inputs = append(l.inputs, extras...)
	for _, r := range all {
		for _, remark := range r.Remarks {
			j.tell("%s", remark)
		}
		l.inputs = append(l.inputs, fileJSON{File: r.Flow.File, SHA256: r.Flow.SHA256, What: "register " + r.Register.Name})
		if r.Register.Anonymous {
			l.Others = append(l.Others, r)
		} else {
			l.All = append(l.All, r)
		}
	}
	for _, r := range l.All {
		if len(r.IDs) == 0 {
			return nil, s.Fail("registers."+r.Register.Name, fmt.Sprintf("registers.%s: no record of %s is left: %d were read", r.Register.Name, r.Flow.File, r.Flow.Read))
		}
	}
	if l.crowd, err = newCrowd(s, l.All); err != nil {
		return nil, err
	}
	if len(s.Linking.Linked) > 0 {
		err = l.readGiven(ctx)
	} else {
		err = l.compare(ctx)
	}
	if err != nil {
		return nil, err
	}
	l.crowd.sort(l.hash)
	l.point = l.partition(-1)
	switch {
	case l.drawn() != nil:
		l.draws = l.drawn().Len()
	case l.linked.Duplicates != nil:
		l.draws = l.linked.Duplicates.Draws()
	}
	return l, l.report()
}

// hash of a record in the order of All.
func (l *Linked) hash(i int) uint64 {
	if l.given != nil {
		return l.given.Rows().Hash(l.at[i])
	}
	return l.linked.Records.Hash(l.at[i])
}

// drawn are the linkages drawn between registers; nil without any.
func (l *Linked) drawn() *linkage.Draws {
	if l.given != nil {
		return l.given.drawn
	}
	return l.linked.Draws
}

// clusters of the records by their numbers in the linkage: the point linkage for d < 0, else draw d.
func (l *Linked) clusters(d int) []int32 {
	switch {
	case l.given == nil:
		return l.linked.Clusters(d)
	case d < 0:
		return l.given.point
	}
	return l.given.drawn.Partition(d)
}

// compare builds the records and links them. Registers are numbered by name, so that their order in the study file is nothing to
// the answer.
func (l *Linked) compare(ctx context.Context) error {
	s, j := l.Job.Study, l.Job
	var err error
	if l.fields, l.values, err = s.compared(l.All); err != nil {
		return s.Fail("linkage.compare", "linkage.compare: "+err.Error())
	}
	if len(l.fields) == 0 {
		return s.Fail("registers", "registers: no field is left to compare: name columns with given names, surnames, dates of birth, …")
	}
	order := make([]int, len(l.All))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(l.All[a].Register.Name, l.All[b].Register.Name) })
	var names []string
	for _, i := range order {
		names = append(names, l.All[i].Register.Name)
	}
	b, err := linkage.NewBuilder(l.fields, names)
	if err != nil {
		return s.Fail("linkage.compare", "linkage: "+err.Error())
	}
	nicknames, err := s.nicknames(l.Job.Folder)
	if err != nil {
		return err
	}
	b.Nicknames(nicknames)
	first := make([]int, len(l.All))
	n := 0
	row := make([]string, len(l.values))
	for to, i := range order {
		r := l.All[i]
		first[i] = n
		at := make([]int, len(l.values))
		for k, v := range l.values {
			at[k] = slices.Index(r.Fields, v)
		}
		for k, values := range r.Values {
			if k&0xfff == 0 {
				if err := ctx.Err(); err != nil {
					return err
				}
			}
			for v, from := range at {
				row[v] = ""
				if from >= 0 {
					row[v] = values[from]
				}
			}
			if err := b.Add(to, r.IDs[k], row); err != nil {
				return err
			}
			n++
		}
	}
	for i, r := range l.All {
		for k := range r.IDs {
			l.at = append(l.at, first[i]+k)
		}
	}
	records, err := b.Records()
	if err != nil {
		return err
	}
	o := linkage.LinkOptions{Rules: s.Linking.Blocking, Only: s.Linking.BlockingOnly, MaxPairs: s.Linking.MaxPairs, Threshold: s.Linking.Threshold,
		Draws: s.Linking.Draws, Seed: j.Seed, Workers: j.Workers, Progress: j.Progress}
	if err := l.announce(ctx, records, o); err != nil {
		return err
	}
	if l.linked, err = linkage.LinkRecords(ctx, records, o); err != nil {
		return err
	}
	l.reviewed, err = l.review(ctx, func(recalibrate func(d int) (shift, slope float64), kept func(d int, a, b int32) float64) error {
		o.Recalibrate, o.Kept = recalibrate, kept
		l.linked, err = linkage.LinkRecords(ctx, records, o)
		return err
	})
	return err
}

// announce says what will be compared, before it is.
func (l *Linked) announce(ctx context.Context, records *linkage.Records, o linkage.LinkOptions) error {
	s, j := l.Job.Study, l.Job
	var fields []string
	for _, f := range l.fields {
		fields = append(fields, fmt.Sprintf("%s (%s)", f.Name, f.Kind))
	}
	j.tell("compared: %s", strings.Join(fields, ", "))
	var unused []string
	for _, r := range l.All {
		for _, f := range r.Fields {
			if !slices.Contains(l.values, f) && !slices.Contains(unused, f) {
				unused = append(unused, f)
			}
		}
	}
	if len(unused) > 0 {
		j.tell("not compared: %s (linkage.compare names what is)", strings.Join(unused, ", "))
	}
	for _, within := range []bool{true, false} {
		if !within && len(l.All) < 2 {
			break
		}
		p, err := linkage.NewPlan(ctx, records, linkage.Options{Within: within, Rules: o.Rules, Only: o.Only, MaxPairs: o.MaxPairs, Workers: o.Workers, Seed: o.Seed})
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			key := "linkage.max_pairs"
			if _, ok := s.lines["linkage.blocking"]; ok {
				key = "linkage.blocking"
			}
			return s.Fail(key, "linkage: "+err.Error())
		}
		what := "between registers"
		switch {
		case within && len(l.All) < 2:
			what = "within the register"
		case within:
			what = "for repeats, within and between registers"
		}
		if p.All {
			j.tell("%s: all %s pairs of records are compared", what, estimators.People(float64(p.Possible)))
			continue
		}
		j.tell("%s: of %s pairs of records those that agree on", what, estimators.People(float64(p.Possible)))
		for _, r := range p.Rules {
			j.tell("  %s: %s pairs, about %s of them new; largest block %s; no key in %.1f %% of the records", r.Name,
				estimators.People(float64(r.Predicted)), estimators.People(float64(r.New)), estimators.People(float64(r.Largest)), 100*r.Missing)
		}
	}
	return nil
}

// partition of the records in the order of All: the point linkage for d < 0, else draw d.
func (l *Linked) partition(d int) linkage.Partition {
	of := l.clusters(d)
	p := make(linkage.Partition, len(l.at))
	for i, at := range l.at {
		p[i] = of[at]
	}
	return p
}

// Records are the linked records, register by register, by their numbers. Clusters are numbered in the order of the hashes of their
// records, whatever the order of the rows.
func (l *Linked) Records() []LinkedRecord {
	names := l.names()
	together := linkage.BelongProbabilities(l.point, l.draws, func(d int) []int32 { return l.partition(d) })
	var out []LinkedRecord
	i := 0
	for _, r := range l.All {
		from := len(out)
		for _, id := range r.IDs {
			out = append(out, LinkedRecord{Source: r.Register.Name, ID: id, Cluster: names[l.point[i]], Probability: together[i]})
			i++
		}
		slices.SortFunc(out[from:], func(a, b LinkedRecord) int { return cmp.Compare(a.ID, b.ID) })
	}
	return out
}

// names of the clusters of the point linkage.
func (l *Linked) names() []string {
	clusters := 0
	for _, c := range l.point {
		clusters = max(clusters, int(c)+1)
	}
	least := make([]int32, clusters) // rank of its first record
	for c := range least {
		least[c] = -1
	}
	for i, c := range l.point {
		if r := l.crowd.rank[i]; least[c] < 0 || r < least[c] {
			least[c] = r
		}
	}
	order := make([]int, clusters)
	for c := range order {
		order[c] = c
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(least[a], least[b]) })
	pseudonyms := linkage.ClusterNames(clusters, l.Job.Seed)
	names := make([]string, clusters)
	for n, c := range order {
		names[c] = pseudonyms[n]
	}
	return names
}
