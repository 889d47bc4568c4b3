package study

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"

	"darkfigure/estimators"
	"darkfigure/internal/linkage"
	"darkfigure/internal/tableio"
)

// The schemas of what is written. Fields are only ever added.
const (
	linkageSchema  = "darkfigure/linkage/v1"
	manifestSchema = "darkfigure/manifest/v1"
)

type runJSON struct {
	Version string   `json:"version"`
	Command []string `json:"command"`
	Seed    uint64   `json:"seed"`
}

func runOf(r estimators.RunInfo) runJSON { return runJSON{r.Version, r.Command, r.Seed} }

type linkageJSON struct {
	Schema string `json:"schema"`
	*estimators.Linkage
	Anonymous []Visitors `json:"anonymous,omitempty"`
	Run       runJSON    `json:"run"`
}

// Write writes the linkage as JSON (darkfigure/linkage/v1).
func (l *Linked) Write(w io.Writer) error {
	return writeJSON(w, linkageJSON{linkageSchema, l.Linkage, l.Visitors, runOf(l.Job.Run)})
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// A LinkedRecord is a record and the cluster it is in.
type LinkedRecord struct {
	Source, ID, Cluster string
	Probability         float64 // that it belongs with the rest of its cluster; 1 when alone
}

// WriteLinked writes linked records with the columns that splink uses: source_dataset, unique_id, cluster_id,
// match_probability. Every record that was not excluded has a row.
func WriteLinked(w io.Writer, records []LinkedRecord) error {
	columns := []tableio.Column{{Name: "source_dataset", Text: []string{}}, {Name: "unique_id", Text: []string{}}, {Name: "cluster_id", Text: []string{}}, {Name: "match_probability", Real: []float64{}}}
	for _, r := range records {
		columns[0].Text = append(columns[0].Text, r.Source)
		columns[1].Text = append(columns[1].Text, r.ID)
		columns[2].Text = append(columns[2].Text, r.Cluster)
		columns[3].Real = append(columns[3].Real, r.Probability)
	}
	return tableio.WriteColumns(w, tableio.CSV, columns)
}

// WritePairs writes the pairs of records that may be of one person, with the columns that splink uses: the two records, match_weight,
// match_probability by the pair alone, and gamma_<field>, the level of agreement (−1 missing, 0 different); and draws_together, the
// share of the drawn linkages in which they are of one person.
func WritePairs(w io.Writer, l *linkage.Linked) error {
	r := l.Records
	pairs := l.Pairs()
	n := len(pairs)
	text := func(name string, of func(p linkage.LinkedPair) string) tableio.Column {
		c := tableio.Column{Name: name, Text: make([]string, n)}
		for i, p := range pairs {
			c.Text[i] = of(p)
		}
		return c
	}
	real := func(name string, of func(p linkage.LinkedPair) float64) tableio.Column {
		c := tableio.Column{Name: name, Real: make([]float64, n)}
		for i, p := range pairs {
			c.Real[i] = of(p)
		}
		return c
	}
	columns := []tableio.Column{
		text("source_dataset_l", func(p linkage.LinkedPair) string { return r.RegisterName(r.Register(p.A)) }),
		text("unique_id_l", func(p linkage.LinkedPair) string { return r.ID(p.A) }),
		text("source_dataset_r", func(p linkage.LinkedPair) string { return r.RegisterName(r.Register(p.B)) }),
		text("unique_id_r", func(p linkage.LinkedPair) string { return r.ID(p.B) }),
		real("match_weight", func(p linkage.LinkedPair) float64 { return p.Weight }),
		real("match_probability", func(p linkage.LinkedPair) float64 { return p.Probability }),
		real("draws_together", func(p linkage.LinkedPair) float64 { return p.Together }),
	}
	for f, c := range l.Comparisons() {
		gamma := tableio.Column{Name: "gamma_" + c.Field, Whole: make([]int64, n)}
		for i, p := range pairs {
			gamma.Whole[i] = int64(p.Gamma[f])
		}
		columns = append(columns, gamma)
	}
	return tableio.WriteColumns(w, tableio.CSV, columns)
}

type manifestJSON struct {
	Schema  string     `json:"schema"`
	Study   string     `json:"study"`
	Inputs  []fileJSON `json:"inputs"`
	Flow    []flowJSON `json:"flow"`
	Outputs []fileJSON `json:"outputs"`
	Run     runJSON    `json:"run"`
}

type fileJSON struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Bytes  int    `json:"bytes,omitempty"`
	What   string `json:"what,omitempty"`
}

// flowJSON is what became of the records of a register, step by step (GUILD item 6, GATHER item 4).
type flowJSON struct {
	Register string                    `json:"register"`
	Read     int64                     `json:"read"`
	Excluded []estimators.LinkExcluded `json:"excluded"`
	Used     int64                     `json:"used"`
	Altered  []estimators.LinkAltered  `json:"altered,omitempty"` // of those used
	Persons  *int64                    `json:"persons,omitempty"` // none for an anonymous register
}

// withManifest adds the manifest: what went in, what was left out (of a linkage that is not nil), and the hashes of what came out. It holds no time and no place, so
// that the same study gives the same bytes.
func withManifest(files []File, s *Study, inputs []fileJSON, l *estimators.Linkage, run estimators.RunInfo, flags []string) ([]File, error) {
	run.Command = slices.Concat(run.Command, flags)
	m := manifestJSON{Schema: manifestSchema, Study: s.Name, Inputs: inputs, Flow: []flowJSON{}, Run: runOf(run)}
	if l == nil { // what is published has no small counts
		l = &estimators.Linkage{}
	}
	for _, r := range l.Registers {
		f := flowJSON{Register: r.Name, Read: r.Read, Excluded: r.Excluded, Used: r.Records, Altered: r.Altered}
		if f.Excluded == nil {
			f.Excluded = []estimators.LinkExcluded{}
		}
		if !r.Anonymous {
			f.Persons = &r.Persons
		}
		m.Flow = append(m.Flow, f)
	}
	out := make([]File, 0, len(files)+1)
	for _, f := range files {
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			return nil, err
		}
		sum := sha256.Sum256(b.Bytes())
		m.Outputs = append(m.Outputs, fileJSON{File: f.Name, SHA256: hex.EncodeToString(sum[:]), Bytes: b.Len()})
		out = append(out, File{f.Name, func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err }})
	}
	slices.SortFunc(m.Outputs, func(a, b fileJSON) int { return cmp.Compare(a.File, b.File) })
	return append(out, File{"manifest.json", func(w io.Writer) error { return writeJSON(w, m) }}), nil
}
