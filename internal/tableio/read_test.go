package tableio_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"darkfigure/estimators"
	"darkfigure/internal/tableio"
)

func ExampleReadTable() {
	r, err := tableio.ReadTable(context.Background(), tableio.Source{Path: "../../testdata/tables/korea.csv"}, tableio.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Table.Observed(), r.Table.Lists())
	for _, note := range r.Notes {
		fmt.Println(note)
	}
	// Output:
	// 123 [b c d]
	// counts: count
	// lists: b, c, d (taken as lists because these columns hold 0 and 1 only)
}

// describe is a table as text: lists, then cells as history@levels=count, * marking structural zeros.
func describe(t *estimators.Table) string {
	var b strings.Builder
	b.WriteString(strings.Join(t.Lists(), " "))
	for _, c := range t.Cells() {
		fmt.Fprintf(&b, " %s", c.Pattern.History(t.K()))
		if len(c.Levels) > 0 {
			fmt.Fprintf(&b, "@%s", strings.Join(c.Levels, ","))
		}
		if c.StructuralZero {
			b.WriteString("*")
		}
		fmt.Fprintf(&b, "=%d", c.Count)
	}
	return b.String()
}

func utf16Bytes(order binary.AppendByteOrder, s string) string {
	var b []byte
	for _, c := range utf16.Encode([]rune("\ufeff" + s)) {
		b = order.AppendUint16(b, c)
	}
	return string(b)
}

// Every way of writing a table that people come with, and the table it stands for.
func TestConventions(t *testing.T) {
	const ab = "A B 10=3 01=4 11=5"
	for _, c := range []struct {
		name, in string
		opts     tableio.Options
		want     string
		note     string
	}{
		{name: "count", in: "A,B,count\n1,0,3\n0,1,4\n1,1,5\n", want: ab},
		{name: "Freq", in: "A,B,Freq\n1,0,3\n0,1,4\n1,1,5\n", want: ab},
		{name: "n", in: "A,B,n\n1,0,3\n0,1,4\n1,1,5\n", want: ab},
		{name: "count first", in: "count,A,B\n3,1,0\n4,0,1\n5,1,1\n", want: ab},
		{name: "a list called N", in: "N,B,count\n1,0,3\n0,1,4\n1,1,5\n", want: "N B 10=3 01=4 11=5"},
		{name: "last column by its numbers", in: "A,B,total\n1,0,3\n0,1,4\n1,1,5\n", want: ab, note: "counts: total (the last column"},
		{name: "unnamed last column", in: "A,B,\n1,0,3\n0,1,4\n1,1,5\n", want: ab, note: "counts: the last column, which has no name"},
		{name: "R write.csv with row names", in: "\"\",\"A\",\"B\",\"count\"\n\"1\",1,0,3\n\"2\",0,1,4\n\"3\",1,1,5\n", want: ab, note: "names of rows and ignored"},
		{name: "R write.table", in: "\"A\" \"B\" \"count\"\n\"1\" 1 0 3\n\"2\" 0 1 4\n\"3\" 1 1 5\n", want: ab, note: "names of rows and ignored"},
		{name: "row names on their second journey", in: "Unnamed: 0,A,B,__index_level_0__,count\n0,1,0,7,3\n1,0,1,8,4\n2,1,1,9,5\n", want: ab, note: "the column __index_level_0__ holds names or numbers of rows"},
		{name: "R exponent", in: "A,B,count\n1,0,1e+05\n0,1,4\n1,1,5\n", want: "A B 10=100000 01=4 11=5"},
		{name: "counts from a database", in: "A,B,count\n1,0,3.0\n0,1,4.00\n1.0,1,5\n", want: ab},
		{name: "semicolons", in: "A;B;count\n1;0;3\n0;1;4\n1;1;5\n", want: ab},
		{name: "tabs", in: "A\tB\tcount\n1\t0\t3\n0\t1\t4\n1\t1\t5\n", want: ab},
		{name: "bars", in: "A|B|count\n1|0|3\n0|1|4\n1|1|5\n", want: ab},
		{name: "Excel says its delimiter", in: "sep=;\r\nA;B;count\r\n1;0;3\r\n0;1;4\r\n1;1;5\r\n", want: ab},
		{name: "CRLF and BOM", in: "\ufeffA,B,count\r\n1,0,3\r\n0,1,4\r\n1,1,5\r\n", want: ab},
		{name: "CR alone", in: "A,B,count\r1,0,3\r0,1,4\r1,1,5\r", want: ab},
		{name: "no line end at the end", in: "A,B,count\n1,0,3\n0,1,4\n1,1,5", want: ab},
		{name: "UTF-16 of Excel", in: utf16Bytes(binary.LittleEndian, "A\tB\tcount\r\n1\t0\t3\r\n0\t1\t4\r\n1\t1\t5\r\n"), want: ab},
		{name: "UTF-16, other order", in: utf16Bytes(binary.BigEndian, "Ä😀,B,count\n1,0,3\n0,1,4\n1,1,5\n"), want: "Ä😀 B 10=3 01=4 11=5"},
		{name: "blank lines and columns of a spreadsheet", in: "\nA,B,count,,\n1,0,3,,\n\n0,1,4,,\n1,1,5,,\n,,,,\n", want: ab},
		{name: "quotes", in: "\"A\",\"B \"\"x\"\", y\",\"count\"\n\"1\",\"0\",\"3\"\n0,1,4\n1,1,\"5\"\n", want: "A B \"x\", y 10=3 01=4 11=5"},
		{name: "quoted line break", in: "A,B,region,count\n1,0,\"a\nb\",3\n0,1,c,4\n", want: "A B 10@a\nb=3 01@c=4"},
		{name: "blanks around values", in: " A , B , count\n 1 , 0 , 3\n0,1 ,4\n1,1,5\n", want: ab},
		{name: "TRUE and FALSE", in: "A,B,count\nTRUE,FALSE,3\nFALSE,TRUE,4\nTRUE,TRUE,5\n", want: ab},
		{name: "yes and no", in: "A,B,count\nYes,no,3\nno,yes,4\nyes,YES,5\n", want: ab},
		{name: "ja en nee", in: "A,B,aantal\nja,nee,3\nnee,ja,4\nja,ja,5\n", want: ab},
		{name: "T and F", in: "A,B,count\nT,F,3\nF,T,4\nT,T,5\n", want: ab},
		{name: "in_ prefix", in: "in_A,in_B,male\n1,0,1\n0,1,0\n0,1,0\n", want: "A B 01@0=2 10@1=1", note: "each of the 3 rows is one person"},
		{name: "histories", in: "ch,count\n10,3\n01,4\n11,5\n", want: "L1 L2 10=3 01=4 11=5"},
		{name: "histories with names", in: "history,freq\n10,3\n01,4\n11,5\n", opts: tableio.Options{Lists: []string{"A", "B"}}, want: ab},
		{name: "histories of persons", in: "id,ch\n7,'10\n8,'01\n9,'01\n", opts: tableio.Options{Ignore: []string{"id"}}, want: "L1 L2 10=1 01=2"},
		{name: "a covariate of 0 and 1 as named", in: "A,B,x,count\n1,0,1,3\n0,1,0,4\n", opts: tableio.Options{Covariates: []string{"x"}}, want: "A B 01@0=4 10@1=3"},
		{name: "a covariate called id as named", in: "A,B,id\n1,0,7\n0,1,7\n", opts: tableio.Options{Covariates: []string{"id"}}, want: "A B 10@7=1 01@7=1"},
		{name: "persons", in: "A,B\n1,0\n0,1\n1,0\n", want: "A B 10=2 01=1", note: "each of the 3 rows is one person"},
		{name: "repeated histories", in: "A,B,count\n1,0,3\n1,0,4\n", want: "A B 10=7", note: "1 rows repeat the history"},
		{name: "all-zero history with count 0", in: "A,B,count\n0,0,0\n1,0,3\n", want: "A B 10=3", note: "was ignored"},
		{name: "covariates", in: "year,A,B,count\n2013,1,0,3\n2014,1,0,4\n,0,1,5\nNA,0,1,1\n", want: "A B 10@2013=3 10@2014=4 01@=6", note: "covariates: year"},
		{name: "structural zeros", in: "A,B,year,count,structural_zero\n1,0,1,3,0\n1,1,1,0,1\n0,1,1,,1\n1,1,2,4,\n", want: "A B 10@1=3 01@1*=0 11@1*=0 11@2=4"},
		{name: "absent", in: "A,B,year,sex,count\n1,0,1,f,3\n1,1,2,m,4\n", opts: tableio.Options{Absent: []string{"B:year=1"}},
			want: "A B 10@1,f=3 01@1,f*=0 11@1,f*=0 01@1,m*=0 11@1,m*=0 11@2,m=4", note: "impossible by design: 2 of the 3 patterns, by --absent B:year=1"},
		{name: "absent under two conditions", in: "A,B,year,sex,count\n1,0,1,f,3\n1,1,2,m,4\n", opts: tableio.Options{Absent: []string{"B:year=1,sex=f"}},
			want: "A B 10@1,f=3 01@1,f*=0 11@1,f*=0 11@2,m=4"},
		{name: "lists that share nobody", in: "A,B,C,count\n1,0,0,3\n0,1,0,4\n1,0,1,5\n", opts: tableio.Options{Absent: []string{"A*B"}},
			want: "A B C 100=3 010=4 110*=0 101=5 111*=0", note: "impossible by design: 2 of the 7 patterns, by --absent A*B"},
		{name: "lists that share nobody, in every group", in: "A,B,year,sex,count\n1,0,1,f,3\n0,1,2,m,4\n", opts: tableio.Options{Absent: []string{"B*A"}},
			want: "A B 10@1,f=3 11@1,f*=0 01@2,m=4 11@2,m*=0"},
		{name: "lists that share nobody beside one that did not run", in: "A,B,year,sex,count\n1,0,1,f,3\n0,1,2,m,4\n", opts: tableio.Options{Absent: []string{"B*A", "B:year=1,sex=m"}},
			want: "A B 10@1,f=3 11@1,f*=0 01@1,m*=0 11@1,m*=0 01@2,m=4 11@2,m*=0"},
		{name: "lists that share nobody under a condition", in: "A,B,year,count\n1,0,1,3\n1,1,2,4\n", opts: tableio.Options{Absent: []string{"A*B:year=1"}}, want: "A B 10@1=3 11@1*=0 11@2=4"},
		{name: "structural zeros are noted", in: "A,B,count,structural_zero\n1,0,3,0\n0,1,3,0\n1,1,0,1\n", want: "A B 10=3 01=3 11*=0", note: "impossible by design: 1 of the 3 patterns, by the column structural_zero"},
		{name: "persons with an identifier", in: "person_id,A,B\n7,1,0\n8,0,1\n9,0,1\n", want: "A B 10=1 01=2", note: "ignored, as identifying persons: person_id"},
		{name: "persons with a code", in: codes(30), want: "A B 10=30", note: "ignored, as identifying persons: code"},
		{name: "more persons than a covariate may have levels", in: codes(70000), want: "A B 10=70000", note: "ignored, as identifying persons: code"},
		{name: "few persons with a covariate", in: codes(3), want: "A B 10@x0=1 10@x1=1 10@x2=1"},
		{name: "lists left out", in: "person_id,in_police,in_care,in_chat\n1,1,0,0\n2,0,1,1\n3,1,1,0\n4,0,0,1\n", opts: tableio.Options{Lists: []string{"police", "care"}},
			want: "police care 10=1 01=1 11=1", note: "lists left out, as --lists does not name them: in_chat"},
		{name: "people on lists left out", in: "in_police,in_care,in_chat\n1,0,0\n0,1,1\n0,0,1\n", opts: tableio.Options{Lists: []string{"police", "care"}},
			want: "police care 10=1 01=1", note: "1 persons are on none of the lists named, only on in_chat"},
		{name: "lists by what they hold", in: "A,B\nyes,no\nno,yes\n", want: "A B 10=1 01=1", note: "lists: A, B (taken as lists because these columns hold yes and no only)"},
		{name: "lists named", in: "A,B,male,count\n1,0,1,3\n0,1,0,4\n", opts: tableio.Options{Lists: []string{"B", "A"}}, want: "B A 10@0=4 01@1=3", note: "lists as named: B, A"},
		{name: "some of the lists named", in: "A,B,C,count\n1,0,1,3\n0,1,0,4\n0,0,1,9\n", opts: tableio.Options{Lists: []string{"A", "B"}}, want: "A B 01@0=4 10@1=3", note: "9 persons are on none of the lists named, only on C"},
		{name: "in_ lists named without prefix", in: "in_A,in_B,count\n1,0,3\n", opts: tableio.Options{Lists: []string{"A", "B"}}, want: "A B 10=3"},
		{name: "count named", in: "A,B,x,y\n1,0,3,7\n0,1,4,8\n", opts: tableio.Options{Count: "x", Ignore: []string{"y"}}, want: "A B 10=3 01=4"},
		{name: "age is not a count", in: "A,B,age\n1,0,13\n0,1,17\n", want: "A B 10@13=1 01@17=1"},
		{name: "one list", in: "A,count\n1,3\n", want: "A 1=3"},
		{name: "Latin-1", in: "A,B,plaats,count\n1,0,Z\xfcrich,3\n0,1,Zürich,4\n", want: "A B 10@Zürich=3 01@Zürich=4", note: "read as Windows-1252"},
		{name: "labels made inert", in: "A,B,x,count\n1,0,'=1+1,3\n0,1,'a,4\n", want: "A B 01@'a=4 10@=1+1=3"},
		{name: "MARK", in: "/* two\n years */ 10 3;\n01 4; 11 5;\n", want: "L1 L2 10=3 01=4 11=5"},
		{name: "MARK with groups", in: "10 3 1;\n01 0 4;\n", opts: tableio.Options{Format: tableio.MARK, Lists: []string{"A", "B"}}, want: "A B 10@1=3 10@2=1 01@2=4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := read([]byte(c.in), c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if got := describe(r.Table); got != c.want {
				t.Errorf("got  %q\nwant %q\nnotes %q", got, c.want, r.Notes)
			}
			if !strings.Contains(strings.Join(r.Notes, "\n"), c.note) {
				t.Errorf("notes %q lack %q", r.Notes, c.note)
			}
		})
	}
}

// Every kind of bad table is an error that says where and what to do.
// codes are persons on the list A, each with a value of its own.
func codes(n int) string {
	var b strings.Builder
	b.WriteString("A,B,code\n")
	for i := range n {
		fmt.Fprintf(&b, "1,0,x%d\n", i)
	}
	return b.String()
}

// TestIdentity: a column that tells persons apart says who stands in several rows.
func TestIdentity(t *testing.T) {
	for _, c := range []struct {
		in   string
		want tableio.Identity
	}{
		{"id,A,B,year\n7,1,0,2013\n8,1,0,2013\n7,0,1,2014\n", tableio.Identity{Column: "id", Again: 1}},
		{"id,A,B,year\n7,1,0,2013\n8,1,0,2013\n7,0,1,2013\n,1,0,2013\n", tableio.Identity{Column: "id", Again: 1, Same: 1}},
		{"id,A,B,year\n1,1,0,2013\n2,1,0,2013\n", tableio.Identity{Column: "id"}},
	} {
		r, err := read([]byte(c.in), tableio.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Identity == nil || *r.Identity != c.want {
			t.Errorf("%q: %+v, want %+v", c.in, r.Identity, c.want)
		}
		for _, covariate := range r.Table.Covariates() {
			if covariate.Name == "id" {
				t.Errorf("%q: the identifier is a covariate", c.in)
			}
		}
	}
	r, err := read([]byte("id,A,B,count\n1,1,0,3\n2,0,1,4\n"), tableio.Options{})
	if err != nil || r.Identity != nil {
		t.Errorf("rows of counts have no persons: %v, %v", r.Identity, err)
	}
}

func TestBadTables(t *testing.T) {
	for _, c := range []struct {
		name, in string
		opts     tableio.Options
		want     string
	}{
		{name: "empty", in: "", want: "standard input: the file is empty"},
		{name: "blank", in: "\n\n", want: "standard input: the file is empty"},
		{name: "header only", in: "A,B,count\n", want: "standard input: the table has a header but no rows"},
		{name: "no header", in: "1,0,3\n0,1,4\n", want: "standard input:1: the first line holds numbers, not names"},
		{name: "all-zero history", in: "A,B,count\n1,0,3\n0,0,4\n", want: "standard input:3: the history 00 has count 4"},
		{name: "person on no list", in: "A,B\n1,0\n0,0\n", want: "standard input:3: the person is on no list"},
		{name: "negative count", in: "A,B,count\n1,0,-3\n", want: `standard input:2: column "count": the count -3 is negative`},
		{name: "fraction", in: "A,B,count\n1,0,3.5\n", want: `standard input:2: column "count": "3.5" is not a count: it is a fraction`},
		{name: "thousands or fraction", in: "A,B,count\n1,0,1.000\n", want: "it may mean thousands or a decimal fraction"},
		{name: "thousands", in: "A,B,count\n1,0,\"1,000\"\n", want: "without separators of thousands"},
		{name: "huge count", in: "A,B,count\n1,0,9007199254740993\n", want: "larger than 9007199254740992"},
		{name: "huge exponent", in: "A,B,count\n1,0,1e30\n", want: "larger than 9007199254740992"},
		{name: "missing count", in: "A,B,count\n1,0,\n", want: "a count cannot be missing"},
		{name: "text count", in: "A,B,count\n1,0,three\n", want: `"three" is not a count: write a whole number`},
		{name: "sum too large", in: "A,B,count\n1,0,9007199254740992\n1,0,1\n", want: "standard input:3: column \"count\": the counts of this history add up to more than"},
		{name: "a 2 in a list", in: "A,B,count\n1,0,3\n0,1,4\n2,1,5\n", want: `standard input:4: column "A": "2" in a column of 0 and 1`},
		{name: "a 2 in a list, late", in: "A,B,count\n" + strings.Repeat("1,0,3\n", 1500) + "2,1,5\n", want: `standard input:1502: column "A": "2" in the column of a list`},
		{name: "a 2 in a list named", in: "A,B,count\n1,0,3\n2,1,5\n", opts: tableio.Options{Lists: []string{"A", "B"}}, want: `standard input:3: column "A": "2" in the column of a list`},
		{name: "missing in a list", in: "A,B,count\n1,0,3\n,1,5\n", want: `standard input:3: column "A": missing value`},
		{name: "NA in a list, late", in: "A,B\n" + strings.Repeat("1,0\n", 1500) + "NA,1\n", want: `standard input:1502: column "A": missing value`},
		{name: "ragged, short", in: "A,B,count\n1,0,3\n1,5\n", want: "standard input:3: the row has 2 values, the header 3: check for a missing or extra comma"},
		{name: "ragged, long", in: "A;B;count\n1;0;3\n1;1;5;6\n", want: "standard input:3: the row has 4 values, the header 3: check for a missing or extra semicolon"},
		{name: "open quote", in: "A,B,count\n1,0,\"3\n", want: "standard input:2: a quote (\") is opened"},
		{name: "stray quote", in: "A,B,x,count\n1,0,a\"b\"\"c\",3\n", want: "standard input:2: column \"x\": a quote"},
		{name: "text after a quote", in: "A,B,x,count\n1,0,\"a\"b,3\n", want: "standard input:2: column \"x\": text after the closing quote"},
		{name: "a name twice", in: "A,A,count\n1,0,3\n", want: `standard input: column "A": the columns 1 and 2 have the same name`},
		{name: "no name", in: "A,,B,count\n1,x,0,3\n", want: `column "#2": the column has no name`},
		{name: "no lists", in: "x,y\na,b\n", want: "no column holds only 0 and 1"},
		{name: "unknown list", in: "LA,NG,count\n1,0,3\n", opts: tableio.Options{Lists: []string{"LA", "NH"}}, want: `there is no column "NH" for the list; did you mean "NG"?`},
		{name: "unknown count", in: "LA,NG,persons\n1,0,3\n", opts: tableio.Options{Count: "person"}, want: `there is no column "person" for the count; did you mean "persons"?`},
		{name: "unknown column to ignore", in: "LA,NG,n\n1,0,3\n", opts: tableio.Options{Ignore: []string{"zzzzzz"}}, want: `there are "LA", "NG", "n"`},
		{name: "unknown covariate", in: "LA,NG,x\n1,0,3\n", opts: tableio.Options{Covariates: []string{"y"}}, want: `there is no column "y" for the covariates`},
		{name: "a list named as covariate", in: "LA,NG,x\n1,0,3\n", opts: tableio.Options{Lists: []string{"LA", "NG"}, Covariates: []string{"NG"}}, want: `also has another role`},
		{name: "two counts", in: "A,B,count,freq\n1,0,3,4\n", want: `both "count" and "freq" could hold the counts: say which with --count`},
		{name: "0/1 covariate by its name", in: "A,B,sex,count\n1,0,1,3\n0,1,0,2\n", want: `column "sex": the column holds 0 and 1 like a list, but its name is that of a covariate`},
		{name: "two spellings", in: "A,B,urban,count\n1,0,yes,3\n0,1,no,2\n", want: `the columns "A" and "urban" both look like lists but are not written the same way`},
		{name: "partially observed 0/1 covariate", in: "A,B,urban,count\n1,0,1,3\n0,1,,2\n", want: `standard input:3: column "urban": missing value in a column of 0 and 1`},
		{name: "histories that lost zeros", in: "ch,count\n1101,3\n101,2\n", want: `standard input:3: column "ch": the history "101" has 3 lists where others have 4: it has probably lost its leading zeros`},
		{name: "not a history", in: "ch,count\n1101,3\n1x01,2\n", want: `standard input:3: column "ch": "1x01" is not a history`},
		{name: "missing history", in: "ch,count\n1101,3\nNA,2\n", want: `standard input:3: column "ch": missing history`},
		{name: "names for histories", in: "ch,count\n1101,3\n", opts: tableio.Options{Lists: []string{"A", "B"}}, want: "--lists names 2 lists, the histories have 4"},
		{name: "too many lists", in: header(21) + "\n" + strings.Repeat("1,", 20) + "0\n", want: "21 lists: at most 20"},
		{name: "persons taken for counts", in: "A,B,postcode\n1,0,1011\n0,1,1012\n1,0,1013\n", want: `standard input:4: column "postcode": the last column was taken for the counts`},
		{name: "structural zero with persons", in: "A,B,count,structural_zero\n1,0,3,1\n", want: "standard input:2: column \"structural_zero\": the history 10 is declared impossible"},
		{name: "structural zero and persons apart", in: "A,B,count,structural_zero\n1,0,3,0\n1,0,0,1\n", want: "the history 10 is declared impossible (a structural zero) in one row and has 3 persons in another"},
		{name: "structural zero unclear", in: "A,B,count,structural_zero\n1,0,3,maybe\n", want: `"maybe" does not say whether`},
		{name: "absent without a condition", in: "A,B,count\n1,0,3\n", opts: tableio.Options{Absent: []string{"B"}}, want: `--absent "B": write LIST:covariate=level`},
		{name: "absent, unknown list", in: "LA,NG,year,count\n1,0,2013,3\n", opts: tableio.Options{Absent: []string{"NGO:year=2013"}}, want: `there is no list "NGO"; did you mean "NG"?`},
		{name: "absent, unknown covariate", in: "LA,NG,year,count\n1,0,2013,3\n", opts: tableio.Options{Absent: []string{"NG:jear=2013"}}, want: `there is no covariate "jear"; did you mean "year"?`},
		{name: "absent, unknown level", in: "LA,NG,year,count\n1,0,2013,3\n", opts: tableio.Options{Absent: []string{"NG:year=2014"}}, want: `"year" has no level "2014"; did you mean "2013"?`},
		{name: "absent but there", in: "LA,NG,year,count\n1,1,2013,3\n", opts: tableio.Options{Absent: []string{"NG:year=2013"}}, want: "says the list cannot have seen anybody there, but 3 persons are on it"},
		{name: "total", in: "A,B,year,count\n1,0,2013,3\n0,1,2014,4\n1,1,Total,7\n", want: `standard input:4: column "year": "Total": this looks like a row of totals, which would count everybody twice: remove the total row`},
		{name: "total in a list", in: "A,B,count\n1,0,3\n0,1,4\nTotaal,,7\n", want: "remove the total row"},
		{name: "total without a word", in: "A,B,count\n1,0,3\n0,1,4\n,,7\n", want: "standard input:4: the row has a number and nothing else; this looks like a row of totals"},
		{name: "total far down", in: "A,B,year,count\n" + strings.Repeat("1,0,2013,3\n", 1500) + "1,0,Total,4500\n", want: `standard input:1502: column "year": "Total": this looks like a row of totals`},
		{name: "absent of one list", in: "A,B,count\n1,0,3\n", opts: tableio.Options{Absent: []string{"A"}}, want: "or A*B for lists that cannot share anybody"},
		{name: "absent of an unknown list", in: "A,B,count\n1,0,3\n", opts: tableio.Options{Absent: []string{"A*C"}}, want: `there is no list "C"`},
		{name: "absent of a list and itself", in: "A,B,count\n1,0,3\n", opts: tableio.Options{Absent: []string{"A*A"}}, want: `the list "A" is named twice`},
		{name: "absent of lists that share people", in: "A,B,count\n1,0,3\n1,1,4\n", opts: tableio.Options{Absent: []string{"A*B"}}, want: "nobody can be on these lists together, but 4 persons are"},
		{name: "JSON", in: `{"schema":"darkfigure/estimates/v1"}`, want: "this is a file of results, not a table"},
		{name: "HTML", in: "<!DOCTYPE html><html></html>", want: "this is HTML or XML, not a table"},
		{name: "old Excel", in: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", want: "an Excel file of the old kind"},
		{name: "gzip", in: "\x1f\x8b\x08\x00", want: "a compressed file: decompress it first"},
		{name: "binary", in: "A,B\x00,count\n1,0,3\n", want: "not text"},
		{name: "undefined byte", in: "A,B,x,count\n1,0,a\x81,3\n", want: "bytes that are not text"},
		{name: "cut UTF-16", in: utf16Bytes(binary.LittleEndian, "A,B,count\n1,0,3\n") + "x", want: "UTF-16 text ends within a character"},
		{name: "MARK, losses on capture", in: "10 3;\n01 -4;\n", want: "standard input:2: column \"frequency 1\": the frequency -4 is negative"},
		{name: "MARK, missing occasion", in: "10 3;\n0. 4;\n", want: "standard input:2: column \"history\": the history \"0.\" has an occasion without effort"},
		{name: "MARK, individual covariate", in: "10 1 12.5;\n", want: "individual covariates are not read"},
		{name: "MARK, no semicolon", in: "10 1;\n01 2", want: "standard input:2: the record is not ended by a semicolon"},
		{name: "MARK, open comment", in: "10 1;\n/* 01 2;", want: "standard input:2: a comment is opened"},
		{name: "MARK, ragged", in: "10 1 2;\n01 2;", want: "standard input:2: 1 frequencies where the first record has 2"},
		{name: "sheet of a text file", in: "A,count\n1,3\n", opts: tableio.Options{Format: "markdown"}, want: "tables are not read from the format"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := read([]byte(c.in), c.opts)
			if err == nil {
				t.Fatalf("read as %s", describe(r.Table))
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			var syntax *tableio.SyntaxError
			if !errors.As(err, &syntax) && c.opts.Format == "" && c.name != "cut UTF-16" {
				t.Errorf("%T is not a SyntaxError: %v", err, err)
			}
		})
	}
}

func header(k int) string {
	names := make([]string, k)
	for i := range names {
		names[i] = fmt.Sprintf("a%d", i)
	}
	return strings.Join(names, ",")
}

func TestReadTableFromFiles(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	table, err := estimators.FromCounts([]string{"A", "B"}, []int64{0, 3, 4, 5})
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range tabular {
		path := filepath.Join(dir, "table."+string(format))
		var b bytes.Buffer
		if err := tableio.WriteTable(&b, format, table); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := tableio.ReadTable(ctx, tableio.Source{Path: path}, tableio.Options{Period: "2013"})
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		if r.Table.SHA256() != table.SHA256() || r.Source != filepath.Base(path) || r.Format != format || r.Table.Period() != "2013" || r.Rows != 3 || r.Persons {
			t.Errorf("%s: %+v", format, r)
		}
	}
	if _, err := tableio.ReadTable(ctx, tableio.Source{Path: filepath.Join(dir, "nothing.csv")}, tableio.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := tableio.ReadTable(ctx, tableio.Source{Path: dir}, tableio.Options{}); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder: %v", err)
	}
	sheet := filepath.Join(dir, "table.xlsx")
	if _, err := tableio.ReadTable(ctx, tableio.Source{Path: sheet + "#Sheet1"}, tableio.Options{}); err != nil {
		t.Error(err)
	}
	if _, err := tableio.ReadTable(ctx, tableio.Source{Path: sheet + "#Shet1"}, tableio.Options{}); err == nil || !strings.Contains(err.Error(), `there is no sheet "Shet1"; did you mean "Sheet1"?`) {
		t.Errorf("an unknown sheet: %v", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := tableio.ReadTable(cancelled, tableio.Source{Path: sheet}, tableio.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Reading stops when the context is cancelled midway.
func TestCancelledMidway(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	rows := &persons{left: 1 << 40, at: map[int64]func(){200_000: cancel}}
	if _, err := tableio.ReadTable(ctx, tableio.Source{Path: "-", Stdin: rows}, tableio.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// What names have in common counts more than how many letters they differ by.
func TestNearestByParts(t *testing.T) {
	for name, want := range map[string]string{"achternaam": "naam", "familienaam": "naam", "voornam": "voornaam", "geboortedatum": "", "geboren_op": "geboren"} {
		if got, _ := tableio.Nearest(name, []string{"voornaam", "naam", "geboren", "nr"}); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"NH", "NG"}, {"la", "LA"}, {"polcie", "police"}, {"nothing like it", ""}, {"", ""},
	} {
		got, ok := tableio.Nearest(c.name, []string{"LA", "NG", "police"})
		if got != c.want || ok != (c.want != "") {
			t.Errorf("Nearest(%q) = %q, %v", c.name, got, ok)
		}
	}
}
