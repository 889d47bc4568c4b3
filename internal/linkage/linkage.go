// Package linkage decides which records of several registers belong to the same person,
// and carries the doubt about it: it compares records field by field, learns from the
// comparisons how often fields of the same person agree (Fellegi and Sunter 1969, by EM), draws
// whole linkages from their posterior distribution, and says how many links are false and
// how many are missed.
//
// A record is known by its index over all registers, 0 to n−1, in the order of Records. The
// answer does not depend on that order: whatever needs an order takes that of the hashes of
// the records' contents.
package linkage

// Missing is the level of a field that is missing in either record of a pair.
const Missing = 7

// MaxFields is the number of fields a pattern has room for.
const MaxFields = 20

// A Pattern holds the comparison levels of a pair of records, three bits per field: 0 is the
// strongest agreement, the last level of the field is disagreement, Missing says nothing.
type Pattern uint64

// Level of field f.
func (p Pattern) Level(f int) int { return int(p>>(3*f)) & 7 }

// With returns the pattern with another level for field f.
func (p Pattern) With(f, level int) Pattern {
	return p&^(7<<(3*f)) | Pattern(level)<<(3*f)
}

// A Pair of records that may be of one person, A < B.
type Pair struct {
	A, B    int32
	Pattern Pattern
}

// A Comparison is what a model knows of one field: what its levels mean, and how often each
// occurs among pairs of one person (M) and of two (U). M and U add up to 1 over the levels.
type Comparison struct {
	Field  string   // as the study names it: given_name
	Levels []string // what each level means, from the strongest agreement to disagreement: at most 7
	M, U   []float64
	Exact  int // so many levels, from the first, are full agreement, in bands of frequency; 0 counts as 1
	// Untrained levels kept the values they started from: fewer than one match is expected there.
	Untrained []bool
}

// A PairType is a pair of registers, A ≤ B; A = B when a register is searched for duplicates.
type PairType struct {
	A, B     int
	Possible int64   // pairs of records there are
	Compared int64   // pairs that were compared: all, or those in a block
	Lambda   float64 // estimated share of matches among the possible pairs
	Beyond   float64 // estimated share of the matches that no kept pair can hold: blocked away, or below the bound
	// Aside: the registers have too little in common to tell which of their records are of one person. No pair of them is kept, and how many matches there
	// are is not known.
	Aside bool
}

// A Model of the comparisons of records: the result of EM.
type Model struct {
	Comparisons []Comparison
	Types       []PairType
	// Dependent are fields whose levels depend on those of another in pairs of two persons: people of one household have
	// address and surname in common. The weight of a pattern is the sum of its levels' log M/U and Dependence.
	Dependent []Dependence
	Fit       Fit
}

// A Dependence says how often the levels of a field occur in pairs of two persons, by the level of another.
type Dependence struct {
	Field, On int         // places in the pattern
	U         [][]float64 // by level of On, Missing included, and level of Field
}

// Type finds the pair type of two registers, in either order; −1 when they were not compared.
func (m *Model) Type(a, b int) int {
	for t := range m.Types {
		if m.Types[t].A == min(a, b) && m.Types[t].B == max(a, b) {
			return t
		}
	}
	return -1
}

// A Graph holds the pairs that may be matches, by A and then B.
type Graph struct {
	Pairs []Pair
}

// Persons is what clustering and drawing need to know of the records to be joined: how many
// there are, the register of each (0, 1, …), a hash of its contents that orders them
// whatever the order of files and rows, and how any two compare.
type Persons interface {
	Len() int
	Registers() int
	Register(i int) int
	Hash(i int) uint64
	Pattern(i, j int) Pattern
}

// A Partition gives the cluster of every record: clusters are numbered from 0 in the order
// of their first record by hash, and each holds at most one record of a register.
type Partition []int32
