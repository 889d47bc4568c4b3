package estimatortest

import (
	"fmt"
	"strings"

	"darkfigure/estimators"

	"pgregory.net/rapid"
)

// Named is a table with what makes it interesting.
type Named struct {
	Name  string
	Table *estimators.Table
}

// Ordinary returns published tables of two to five lists on which most methods have an
// answer.
func Ordinary() []Named {
	return []Named{
		// Chao et al. (2001) Stat. Med. 20:3123, hepatitis A in Taiwan: lists P and Q alone and all three.
		{"two lists", Table("P Q", "10:86 01:73 11:49")},
		{"HAV", Table("P Q E", "001:63 010:55 011:18 100:69 101:17 110:21 111:28")},
		// Ball, Shin and Yang (2018), Korean comfort women in Palembang.
		{"Korea", Table("b c d", "100:5 010:5 001:41 110:54 101:6 111:12")},
		// Ball et al. (2002), killings in Kosovo, March to June 1999.
		{"Kosovo", Table("EXH ABA OSCE HRW", "1000:1131 0100:845 0010:936 0001:306 1100:177 1010:228 1001:106 0110:217 0101:31 0011:123 1110:181 1101:18 1011:42 0111:32 1111:27")},
		// Silverman (2020) JRSS-A 183:691, UK 2013, five lists.
		{"UK five lists", Table("LA NG PFNCA GO GP", "10000:54 01000:463 00100:995 00010:695 00001:316 11000:15 10100:19 10010:3 01100:62 01010:19 01001:1 00110:76 00101:11 00011:8 11100:1 11010:1 01110:4 11110:1")},
	}
}

// Tables returns the ordinary tables and the odd ones: nobody at all, one list, no
// overlap, everybody in one cell or on every list, counts near the largest allowed,
// one person, many lists with few people, patterns that are impossible, covariates.
func Tables() []Named {
	const huge = 1_000_000_000_000_000
	var big []string
	for p := 1; p < 8; p++ {
		big = append(big, fmt.Sprintf("%s:%d", estimators.Pattern(p).History(3), huge))
	}
	ten := []string{}
	for i := range 10 {
		one := estimators.Pattern(1) << uint(i)
		next := estimators.Pattern(1) << uint((i+1)%10)
		ten = append(ten, fmt.Sprintf("%s:%d", one.History(10), 30+7*i), fmt.Sprintf("%s:%d", (one|next).History(10), 1+i%4))
	}
	ten = append(ten, "1110000000:1", "0000011000:2")
	return append(Ordinary(),
		Named{"empty", Table("A B C", "")},
		Named{"empty, two lists", Table("A B", "")},
		Named{"one list", Table("A", "1:50")},
		Named{"one list, empty", Table("A", "")},
		Named{"no overlap, two lists", Table("A B", "10:40 01:30")},
		Named{"no overlap", Table("A B C", "100:40 010:30 001:20")},
		Named{"one overlap only", Table("A B C", "100:40 010:30 001:20 110:6")}, // Chan, Silverman and Vincent (2021), Table 2
		Named{"single person", Table("A B C", "010:1")},
		Named{"single person on all lists", Table("A B", "11:1")},
		Named{"all in one cell, two lists", Table("A B", "10:60")},
		Named{"all in one cell", Table("A B C", "100:60")},
		Named{"all in one pair", Table("A B C", "110:60")},
		Named{"everybody on every list, two lists", Table("A B", "11:60")},
		Named{"everybody on every list", Table("A B C D", "1111:60")},
		Named{"one list inside the other", Table("A B", "10:40 11:20")},
		Named{"a copy of a list", Table("A B C", "110:30 001:40 111:8")},
		Named{"overlap of one", Table("A B", "10:29 01:24 11:1")},
		Named{"overlap of two", Table("A B", "10:290 01:240 11:2")},
		Named{"huge counts, two lists", Table("A B", fmt.Sprintf("10:%d 01:%d 11:%d", huge, 2*huge, huge))},
		Named{"huge lists, one person on both", Table("A B", fmt.Sprintf("10:%d 01:%d 11:1", huge, 2*huge))},
		Named{"huge counts", Table("A B C", strings.Join(big, " "))},
		Named{"ten lists, sparse", Table("A B C D E F G H I J", strings.Join(ten, " "))},
		Named{"structural zero of a pair", Table("A B C", "100:40 010:30 001:20 101:6 011:5 110:- 111:-")},
		Named{"structural zero, two lists", Table("A B", "10:40 01:30 11:-")},
		Named{"structural zero of one list", Table("A B", "10:40 11:9 01:-")},
		Named{"structural zero of a triple", Table("A B C", "100:40 010:30 001:20 110:8 101:6 011:5 111:-")},
		Named{"covariates", Table("A B C", "100/m:40 010/m:30 001/m:20 110/m:6 101/m:5 011/m:3 111/m:2 100/f:14 010/f:33 001/f:9 110/f:7 101/f:1 011/f:- 111/f:-")},
	)
}

// Table reads lists separated by spaces and cells such as "101:17"; the count "-" is a
// structural zero, and "/m" after the history is the level of the covariate "group". It panics on
// text it cannot read.
func Table(lists, cells string) *estimators.Table {
	var out []estimators.Cell
	var covariates []string
	for _, f := range strings.Fields(cells) {
		history, count, ok := strings.Cut(f, ":")
		if !ok {
			panic("estimatortest: no count in " + f)
		}
		history, level, grouped := strings.Cut(history, "/")
		p, err := estimators.ParseHistory(history)
		if err != nil {
			panic("estimatortest: " + err.Error())
		}
		c := estimators.Cell{Pattern: p, StructuralZero: count == "-"}
		if grouped {
			c.Levels = []string{level}
			covariates = []string{"group"}
		}
		if !c.StructuralZero {
			if _, err := fmt.Sscan(count, &c.Count); err != nil {
				panic("estimatortest: " + f + ": " + err.Error())
			}
		}
		out = append(out, c)
	}
	t, err := estimators.NewTable(strings.Fields(lists), covariates, out)
	if err != nil {
		panic("estimatortest: " + err.Error())
	}
	return t
}

// Sparse draws a table of one to maxLists lists (5 when 0) in which most cells are
// empty or small and a few are impossible.
func Sparse(t *rapid.T, maxLists int) *estimators.Table {
	if maxLists == 0 {
		maxLists = 5
	}
	k := rapid.IntRange(1, maxLists).Draw(t, "lists")
	names := make([]string, k)
	for i := range names {
		names[i] = string(rune('A' + i))
	}
	count := rapid.OneOf(rapid.Just[int64](0), rapid.Int64Range(0, 3), rapid.Int64Range(0, 60), rapid.Int64Range(0, 5000))
	var cells []estimators.Cell
	for p := estimators.Pattern(1); p <= estimators.FullPattern(k); p++ {
		c := estimators.Cell{Pattern: p, Count: count.Draw(t, p.History(k))}
		c.StructuralZero = c.Count == 0 && rapid.IntRange(0, 20).Draw(t, "impossible") == 20
		cells = append(cells, c)
	}
	table, err := estimators.NewTable(names, nil, cells)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return table
}
