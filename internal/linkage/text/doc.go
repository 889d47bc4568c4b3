// Package text turns what a register says into what can be compared: names without accents
// and with their prefix apart, dates by year, month and day, places and nationalities under
// one name, and the measures that two such values are compared by.
//
// Nothing here knows of records or registers. A function that takes one value returns with it
// why nothing, or less than everything, came of it: see [Dropped]. What can only be decided
// from a whole column (the order of day and month, damaged accents, the length of Bloom
// filters) is a type to which every value of the column is shown first. Raw values are kept
// by the caller. Normalising what was normalised changes nothing.
package text

// Dropped says why a value became missing, or became less than was written; "" when all of
// it was kept. The codes are stable: counts of them are printed and written.
type Dropped string

const (
	Kept        Dropped = ""
	Empty       Dropped = "empty"           // nothing was written
	Unknown     Dropped = "unknown"         // onbekend, nn, ?, x, NA, 00-00-0000
	None        Dropped = "none"            // geen, n.v.t.: said not to exist
	Placeholder Dropped = "placeholder"     // test, baby, 01-01-1900, 9999: filled in for want of a value
	NotRead     Dropped = "not-recognised"  // written, but not in a form that is read
	Impossible  Dropped = "impossible-date" // 31-04-2004: the year is kept
	TooEarly    Dropped = "before-1900"     //
	Future      Dropped = "in-the-future"   // after the reference date
	DefaultDay  Dropped = "default-day"     // 1 January, 15 June or 1 July in a column with too many: the year is kept
	OutOfRange  Dropped = "out-of-range"    // an age above 120
	EmptyFilter Dropped = "empty-filter"    // a Bloom filter without a bit
	OtherLength Dropped = "other-length"    // a Bloom filter shorter or longer than those of its column
)
