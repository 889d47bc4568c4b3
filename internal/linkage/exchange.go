package linkage

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A GivenLinkage is one that another program made: which records it has, which of them it takes for one person, and
// with what probability. It says nothing of how records compare.
type GivenLinkage struct {
	Registers []string // by name, ascending
	// Links with their probabilities. Those of a file of clusters are certain.
	Links []Link
	// Certain says that the program gave clusters without probabilities: there is one linkage to draw, and
	// nothing is known of the doubt about it.
	Certain bool
	// Between says that pairs were read, all of records of two registers: which records of a register are of one person is not told,
	// and each is taken for a person.
	Between bool
	// Unlisted records of each register were counted, but are in no pair of the file.
	Unlisted []int64

	register []int
	id       []string
	hash     []uint64
}

// givenRows are the records of a GivenLinkage as [Rows].
type givenRows struct{ g *GivenLinkage }

func (r givenRows) Len() int           { return len(r.g.id) }
func (r givenRows) Registers() int     { return len(r.g.Registers) }
func (r givenRows) Register(i int) int { return r.g.register[i] }
func (r givenRows) Hash(i int) uint64  { return r.g.hash[i] }

// Rows are its records. Unlisted ones come last in each register, without an id.
func (g *GivenLinkage) Rows() Rows { return givenRows{g} }

// ID of record i in its register.
func (g *GivenLinkage) ID(i int) string { return g.id[i] }

// Draw draws linkages as [DrawGiven] does. Of a certain one there is a single draw, whatever the options ask.
func (g *GivenLinkage) Draw(ctx context.Context, o DrawOptions) (*Draws, error) {
	if g.Certain {
		o.Draws = 1
	}
	return DrawGiven(ctx, g.Rows(), g.Links, o)
}

// Point is the linkage to look at: the links above the threshold (0: 0.5) that at most one record of a register per person
// allows, the most probable first.
func (g *GivenLinkage) Point(ctx context.Context, threshold float64) (Partition, error) {
	if threshold == 0 {
		threshold = .5
	}
	if !(threshold > 0 && threshold < 1) {
		return nil, fmt.Errorf("threshold %v is not a probability between 0 and 1", threshold)
	}
	var links []Link
	for _, l := range g.Links {
		if l.Probability > threshold {
			links = append(links, l)
		}
	}
	order := hashOrder(g.Rows())
	rank := ranks(order)
	sorted, err := sortedLinks(g.Rows(), links, rank)
	if err != nil {
		return nil, err
	}
	for i := range sorted {
		sorted[i].Probability = 1
	}
	s := newGivenScratch(len(g.id))
	s.draw(g.Rows(), sorted, 0, 0)
	return s.parent.numbered(order), ctx.Err()
}

// Exchange reads the linked output of another program, row by row:
//
//   - splink, clusters: cluster_id, unique_id and, unless one file was deduplicated, source_dataset; all records are listed;
//   - splink, pairs: unique_id_l, unique_id_r, match_probability or match_weight, and source_dataset_l, source_dataset_r
//     unless one file was deduplicated;
//   - fastLink: inds.a, inds.b (rows of the two files, called a and b) and posterior.
//
// A file of pairs lists only records that have a pair. What else there is must be known from a file of clusters read
// by the same Exchange, or from the sizes of the registers: without them, people on one register only are missing.
type Exchange struct {
	format exchangeFormat
	column []int // in the order of exchangeColumns[format]; −1 when the file has none
	given  GivenLinkage
	record map[[2]string]int32
	names  []string // register of each record
	where  []string // where each record was first met
	// of clusters
	cluster map[string][]int32
	in      map[int32]string // cluster of a record
	listed  bool             // a file of clusters was read
	// of pairs
	pair  map[[2]int32]string // where it stands
	pairs bool
}

type exchangeFormat int

const (
	exchangeClusters exchangeFormat = iota
	exchangePairs
	exchangeFastLink
)

// exchangeColumns are the columns of each format; those after the first required[format] may be missing.
var (
	exchangeColumns = [][]string{
		exchangeClusters: {"cluster_id", "unique_id", "source_dataset"},
		exchangePairs:    {"unique_id_l", "unique_id_r", "source_dataset_l", "source_dataset_r", "match_probability", "match_weight"},
		exchangeFastLink: {"inds.a", "inds.b", "posterior"},
	}
	exchangeRequired = []int{2, 2, 3}
)

// NewExchange begins an empty linkage; Begin a file of it.
func NewExchange() *Exchange {
	return &Exchange{record: map[[2]string]int32{}, cluster: map[string][]int32{}, in: map[int32]string{}, pair: map[[2]int32]string{}}
}

// Begin starts a file with the given columns. It returns the names of those to be read, in the order in which Add takes their values.
func (x *Exchange) Begin(header []string) ([]string, error) {
	for f, columns := range exchangeColumns {
		x.column = x.column[:0]
		var read, missing []string
		for c, name := range columns {
			if !slices.Contains(header, name) {
				x.column = append(x.column, -1)
				if c < exchangeRequired[f] {
					missing = append(missing, name)
				}
				continue
			}
			x.column = append(x.column, len(read))
			read = append(read, name)
		}
		if len(missing) > 0 {
			continue
		}
		x.format = exchangeFormat(f)
		if x.format == exchangePairs {
			switch {
			case x.column[4] < 0 && x.column[5] < 0:
				return nil, fmt.Errorf("pairs of %s and %s without match_probability or match_weight", columns[0], columns[1])
			case (x.column[2] < 0) != (x.column[3] < 0):
				return nil, fmt.Errorf("one of source_dataset_l and source_dataset_r is missing")
			}
		}
		x.listed = x.listed || x.format == exchangeClusters
		x.pairs = x.pairs || x.format != exchangeClusters
		return read, nil
	}
	return nil, fmt.Errorf("columns %s are not those of a linkage: clusters have cluster_id, unique_id and source_dataset; pairs have source_dataset_l, unique_id_l, source_dataset_r, unique_id_r and match_probability; pairs of fastLink have inds.a, inds.b and posterior", strings.Join(header, ", "))
}

// Add reads a row. where says where it stands, such as clusters.csv:17, and begins the text of every error.
func (x *Exchange) Add(where string, values []string) error {
	value := func(c int) string {
		if x.column[c] < 0 {
			return ""
		}
		return strings.TrimSpace(values[x.column[c]])
	}
	names := exchangeColumns[x.format]
	known := func(source, id int) (int32, error) {
		name := "records"
		switch {
		case x.format == exchangeFastLink:
			name = strings.TrimPrefix(names[id], "inds.")
			if n, err := strconv.Atoi(value(id)); err != nil || n < 1 {
				return 0, fmt.Errorf("%s: %s is %q, not the number of a row", where, names[id], value(id))
			}
		case x.column[source] >= 0:
			if name = value(source); name == "" {
				return 0, fmt.Errorf("%s: %s is empty", where, names[source])
			}
		}
		if value(id) == "" {
			return 0, fmt.Errorf("%s: %s is empty", where, names[id])
		}
		return x.find(name, value(id), where), nil
	}
	if x.format == exchangeClusters {
		cluster := value(0)
		if cluster == "" {
			return fmt.Errorf("%s: cluster_id is empty", where)
		}
		i, err := known(2, 1)
		if err != nil {
			return err
		}
		if _, twice := x.in[i]; twice {
			return fmt.Errorf("%s: record %s of %s stands in two rows; the first is %s", where, x.given.id[i], x.names[i], x.where[i])
		}
		x.in[i] = cluster
		x.where[i] = where
		x.cluster[cluster] = append(x.cluster[cluster], i)
		return nil
	}
	a, err := known(2, 0)
	if err != nil {
		return err
	}
	b, err := known(3, 1)
	if err != nil {
		return err
	}
	if a == b {
		return fmt.Errorf("%s: record %s of %s is paired with itself", where, x.given.id[a], x.names[a])
	}
	p, err := x.probability(value, where)
	if err != nil {
		return err
	}
	key := [2]int32{min(a, b), max(a, b)}
	if first, twice := x.pair[key]; twice {
		return fmt.Errorf("%s: records %s of %s and %s of %s were paired at %s already", where, x.given.id[a], x.names[a], x.given.id[b], x.names[b], first)
	}
	x.pair[key] = where
	x.given.Links = append(x.given.Links, Link{key[0], key[1], p})
	return nil
}

// probability of the pair in a row.
func (x *Exchange) probability(value func(c int) string, where string) (float64, error) {
	at, weight := 2, false
	if x.format == exchangePairs {
		if at = 4; x.column[4] < 0 {
			at, weight = 5, true
		}
	}
	name, text := exchangeColumns[x.format][at], value(at)
	p, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsNaN(p):
		return 0, fmt.Errorf("%s: %s is %q, not a number", where, name, text)
	case weight: // log2 of the odds
		return 1 / (1 + math.Exp2(-p)), nil
	case p < 0 || p > 1:
		return 0, fmt.Errorf("%s: %s is %s, not between 0 and 1", where, name, text)
	}
	return p, nil
}

func (x *Exchange) find(register, id, where string) int32 {
	key := [2]string{register, id}
	i, ok := x.record[key]
	if !ok {
		i = int32(len(x.given.id))
		x.record[key] = i
		x.given.id = append(x.given.id, id)
		x.names = append(x.names, register)
		x.where = append(x.where, where)
	}
	return i
}

// Done ends the last file. sizes are the numbers of records of the registers, by name; they are needed when only
// pairs were read, and checked otherwise. nil: not known.
func (x *Exchange) Done(sizes map[string]int64) (*GivenLinkage, error) {
	g := &x.given
	if !x.listed && !x.pairs {
		return nil, fmt.Errorf("no file of clusters or pairs was read")
	}
	if !x.listed && sizes == nil {
		return nil, fmt.Errorf("a file of pairs names only the records that have a pair: give the number of records of each register too, or the file of clusters")
	}
	if x.listed && x.pairs {
		for i := range g.id {
			if _, ok := x.in[int32(i)]; !ok {
				return nil, fmt.Errorf("%s: record %s of %s has a pair and is in no row of the clusters", x.where[i], g.id[i], x.names[i])
			}
		}
	}
	g.Registers = slices.Clone(x.names)
	for name := range sizes {
		g.Registers = append(g.Registers, name)
	}
	slices.Sort(g.Registers)
	g.Registers = slices.Compact(g.Registers)
	if len(g.Registers) == 0 {
		return nil, fmt.Errorf("the linkage has no records: the file has only a header")
	}
	if len(g.Registers) > maxRegisters {
		return nil, fmt.Errorf("%d registers: linkages are drawn of %d at most", len(g.Registers), maxRegisters)
	}
	met := make([]int64, len(g.Registers))
	for i, name := range x.names {
		r, _ := slices.BinarySearch(g.Registers, name)
		g.register = append(g.register, r)
		g.hash = append(g.hash, recordHash(name, g.id[i]))
		met[r]++
	}
	g.Unlisted = make([]int64, len(g.Registers))
	for r, name := range g.Registers {
		size, told := sizes[name]
		switch {
		case sizes == nil:
			continue
		case !told:
			return nil, fmt.Errorf("register %s is in the file, and its number of records is not given", name)
		case size < met[r] || x.listed && size != met[r]:
			return nil, fmt.Errorf("register %s has %d records, but %d of them are in the linkage: a file of clusters has a row for every record", name, size, met[r])
		}
		for n := range size - met[r] {
			g.id = append(g.id, "")
			g.register = append(g.register, r)
			g.hash = append(g.hash, recordHash(name, "\x00"+strconv.FormatInt(n, 10)))
		}
		g.Unlisted[r] = size - met[r]
	}
	if !x.pairs {
		g.Certain = true
		x.certain()
	}
	g.Between = x.pairs && !slices.ContainsFunc(g.Links, func(l Link) bool { return g.register[l.A] == g.register[l.B] })
	slices.SortFunc(g.Links, func(a, b Link) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) })
	return g, nil
}

// certain links the records of each cluster: those of a register among themselves, and the first of each register to that
// of the one before.
func (x *Exchange) certain() {
	g := &x.given
	for _, members := range x.cluster {
		slices.SortFunc(members, func(a, b int32) int {
			return cmp.Or(cmp.Compare(g.register[a], g.register[b]), cmp.Compare(a, b))
		})
		first := members[0] // of its register
		for k, i := range members[1:] {
			to := members[k]
			if g.register[to] != g.register[i] {
				to, first = first, i
			}
			g.Links = append(g.Links, Link{min(to, i), max(to, i), 1})
		}
	}
}

func recordHash(register, id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(register))
	h.Write([]byte{0})
	h.Write([]byte(id))
	return mix(h.Sum64())
}
