// Package tableio reads capture-history tables and registers, and writes tables and results: CSV and its
// relatives, Parquet, Arrow IPC, Excel, the .inp files of program MARK, and JSON.
//
// # Which column is what
//
// [ReadTable] takes tables as people already have them. Roles are decided from the names
// and the first 1,000 rows, and [Read.Notes] says what was decided:
//
//   - count: a column called count, freq, frequency or n; or an unnamed last column; or the last
//     column when it is the only one that holds numbers other than 0 and 1, is not called
//     like a covariate (age, year, …) and no history repeats. Without one, a row is a person.
//   - histories: a column called ch or history with strings such as 0101.
//   - lists: the columns named in [Options.Lists]; else those whose names start with in_ (the
//     prefix is dropped); else every column that holds only 0 and 1, or only TRUE and FALSE, or
//     only yes and no.
//   - structural_zero: 1 marks a pattern that is impossible by design.
//   - an unnamed first column holds row names and is ignored.
//   - a column called like an identifier of persons (id, person_id, …), or one in which each of at least 30 rows, one
//     person each, has a value of its own, is ignored; [Read.Identity] says who stands in several rows.
//   - everything else is a covariate; an empty value or NA is a missing level.
//
// A covariate that is itself 0/1 cannot be told from a list by looking. Where there is a sign
// that one is among the lists (a name such as sex or minor, two spellings in one table, missing values),
// the table is refused with a request to name the lists; in other cases the column counts as a list, and the notes say so.
//
// With [Options.Lists], a 0/1 column that is not named is a covariate, unless its name starts with in_: it is then a list
// left out. Rows on none of the named lists that
// are 1 in such a column are people the named lists have not seen: they are left out, and a note says how many.
//
// # Registers
//
// [ReadRegister] passes on the named columns of a register, record by record with the line each stands on, as text: what the
// text means is the business of linkage.
//
// # Memory
//
// A table is read in one pass. Memory grows with the number of distinct cells (at most [MaxCells]), never
// with the number of rows, and what a file claims about its own sizes is checked before anything is allocated.
package tableio
