package linkage

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// A Kind says how the values of a field are read and compared.
type Kind int

// The kinds of fields. The levels of each stand with [Field.Levels].
const (
	Name     Kind = iota // the name of a thing or a given name, one word or a few: equal, sounds equal, nearly equal
	Given                // a given name: Name, with initials, nicknames and first names of several
	Surname              // a surname, or several (own and partner's): Name, with prefixes, and exchanged with the given name
	Text                 // words in any order: an address, an e-mail address, an occupation
	Date                 // a date, whole or in parts
	Exact                // equal or different
	Place                // a town, municipality or state: Name, with other spellings known
	Postcode             // equal, nearly equal, same area
	Sex                  // equal or different
	Number               // a number: equal, a digit wrong, close
	Dice                 // a Bloom filter in hexadecimal or base64: compared by its Dice coefficient
	Keys                 // one or several keys in a column, separated by ; or |, of which only equality means something: a key of a column in common or none
)

var kindNames = []string{"name", "given", "surname", "text", "date", "exact", "place", "postcode", "sex", "number", "dice", "keys"}

func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind %d", int(k))
	}
	return kindNames[k]
}

// ParseKind reads the name of a kind as a study file writes it.
func ParseKind(s string) (Kind, error) {
	if i := slices.Index(kindNames, s); i >= 0 {
		return Kind(i), nil
	}
	return 0, fmt.Errorf("%q is no kind of comparison: use one of %s", s, strings.Join(kindNames, ", "))
}

// A Part says what a column holds of a field that is spread over several.
type Part int

// The parts of fields.
const (
	Whole    Part = iota
	Prefix        // of a surname: van der
	Initials      // of the given names
	Year
	Month
	Day
)

// A Column is a place in the values of a record that a field takes its value from.
type Column struct {
	At   int
	Part Part
}

// A Field is what two records are compared on.
type Field struct {
	Name    string // as the study names it: given_name
	Kind    Kind
	Columns []Column // one; several for dates in parts, surnames with prefixes and keys
}

// FieldsFor chooses the fields to compare from the names of columns, in Dutch or English, and nothing else:
//
//   - given_name first_name fname voornaam: given, with initials voorletters as its part
//   - surname last_name lname achternaam: surname, with prefix tussenvoegsel
//   - dob date_of_birth geboortedatum and other dates: date; year, month and day of birth together: one date
//   - sex, postcode (zip), place (city, suburb, state)
//   - phone, house number, age, income, and identity numbers: number
//   - everything else: text, where words may stand in any order.
//
// Where gname and fname both occur, as in some packages, the latter is the family name. A column with an empty name is
// passed over.
func FieldsFor(columns []string) []Field {
	words := make([][]string, len(columns))
	for i, c := range columns {
		words[i] = columnWords(c)
	}
	has := func(word string) bool {
		return slices.ContainsFunc(words, func(w []string) bool { return slices.Contains(w, word) })
	}
	family := []string{"surname", "lastname", "lname", "familyname", "achternaam", "geslachtsnaam", "nachname", "famname"}
	given := []string{"givenname", "firstname", "forename", "voornaam", "voornamen", "roepnaam", "given", "gname", "vorname", "christianname"}
	if has("gname") && !has("lname") {
		family = append(family, "fname")
	} else {
		given = append(given, "fname")
	}
	type role struct {
		kind  Kind
		part  Part
		group string // columns with one group make one field
	}
	roles := make([]*role, len(columns))
	birth := map[Part]bool{}
	for i, w := range words {
		if len(w) == 0 {
			continue
		}
		is := func(names ...string) bool {
			return slices.ContainsFunc(w, func(x string) bool { return slices.Contains(names, x) })
		}
		second := is("c2", "2", "middle", "second", "tweede", "partner")
		r := &role{kind: Text}
		switch {
		case is("initials", "voorletters", "initialen"):
			r = &role{Given, Initials, "given"}
		case is("prefix", "tussenvoegsel", "tussenvoegsels", "voorvoegsel", "voorvoegsels"):
			r = &role{Surname, Prefix, "surname"}
		case is(given...) && !second:
			r = &role{Given, Whole, "given"}
		case is(family...) && !second:
			r = &role{Surname, Whole, "surname"}
		case is(given...), is(family...), is("middlename", "middle", "name", "naam"):
			r = &role{kind: Name}
		case is("by", "yob", "birthyear", "geboortejaar") || is("birth", "dob", "geboorte") && is("year", "jaar"):
			r = &role{Date, Year, "birth"}
		case is("bm", "mob", "birthmonth", "geboortemaand") || is("birth", "dob", "geboorte") && is("month", "maand"):
			r = &role{Date, Month, "birth"}
		case is("bd", "birthday", "geboortedag") || is("birth", "dob", "geboorte") && is("day", "dag"):
			r = &role{Date, Day, "birth"}
		case is("dob", "birthdate", "dateofbirth", "geboortedatum", "geboren", "gebdat", "date", "datum", "contact"):
			r = &role{kind: Date}
		case is("sex", "gender", "geslacht"):
			r = &role{kind: Sex}
		case is("postcode", "zip", "zipcode", "postalcode", "plz", "pc4", "pc6", "postal"):
			r = &role{kind: Postcode}
		case is("street", "address", "straat", "adres", "email", "mail") && !is("number", "nummer", "no"):
			r = &role{kind: Text}
		case is("city", "place", "town", "suburb", "municipality", "gemeente", "plaats", "woonplaats", "state", "province", "provincie", "region", "county"):
			r = &role{kind: Place}
		case is("nationality", "nationaliteit", "country", "land"):
			r = &role{kind: Exact}
		case is("phone", "telephone", "telefoon", "tel", "mobile", "mobiel", "number", "nummer", "housenum", "huisnummer", "age", "leeftijd",
			"income", "inkomen", "year", "month", "day", "ssn", "bsn", "sec", "nr", "no", "bp", "weight", "height", "zipext"):
			r = &role{kind: Number}
		}
		if r.group == "birth" {
			if birth[r.part] { // a second one is a field of its own
				r = &role{kind: Number}
			} else {
				birth[r.part] = true
			}
		}
		roles[i] = r
	}
	whole := birth[Year] && (birth[Month] || birth[Day]) // else the parts stand alone, as numbers
	var fields []Field
	at := map[string]int{}
	for i, r := range roles {
		if r == nil {
			continue
		}
		if r.group == "birth" && !whole {
			r = &role{kind: Number}
		}
		if r.group == "" {
			fields = append(fields, Field{columns[i], r.kind, []Column{{i, Whole}}})
			continue
		}
		f, ok := at[r.group]
		if ok && r.part == Whole && slices.ContainsFunc(fields[f].Columns, func(c Column) bool { return c.Part == Whole }) {
			fields = append(fields, Field{columns[i], Name, []Column{{i, Whole}}}) // a second one: a call name, a maiden name
			continue
		}
		if !ok {
			f = len(fields)
			at[r.group] = f
			fields = append(fields, Field{Name: columns[i], Kind: r.kind})
		}
		fields[f].Columns = append(fields[f].Columns, Column{i, r.part})
		switch {
		case r.group == "birth":
			fields[f].Name = "birth_date"
		case r.part == Whole:
			fields[f].Name = columns[i]
		}
	}
	return fields
}

// columnWords splits the name of a column into words, and adds neighbours joined: date_of_birth is date, of, birth, dateof, …
func columnWords(name string) []string {
	var words []string
	var last rune
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			last = 0
			continue
		case last == 0 || unicode.IsUpper(r) && unicode.IsLower(last):
			words = append(words, "")
		}
		words[len(words)-1] += string(unicode.ToLower(r))
		last = r
	}
	n := len(words)
	for i := range n {
		joined := words[i]
		for j := i + 1; j < n; j++ {
			joined += words[j]
			words = append(words, joined)
		}
	}
	return words
}
