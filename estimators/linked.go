package estimators

// A Linkage is what was done to tell which records of several registers belong to the
// same person, and what is left of the doubt: enough to publish it (GUILD, Gilbert and
// others 2018, doi:10.1093/pubmed/fdx037), to draw it and to reproduce it. No value of a
// person is in it.
type Linkage struct {
	Study     string         `json:"study"`
	Target    string         `json:"population,omitempty"` // who is counted, where and when, in the words of the study
	Registers []LinkRegister `json:"registers"`
	Fields    []LinkField    `json:"fields"`
	Together  []LinkTogether `json:"dependences,omitempty"` // of every two fields
	Blocking  LinkBlocking   `json:"blocking"`
	Pairs     []LinkPair     `json:"pairs"` // pairs of registers; one with itself when it was searched for duplicates
	Weights   LinkHistogram  `json:"weights"`
	Threshold float64        `json:"threshold"` // match probability from which on the point linkage accepts a pair
	Overlaps  []LinkOverlap  `json:"overlaps"`  // by history, in the order of their patterns
	Persons   LinkRange      `json:"persons"`   // distinct persons over all registers
	Chains    LinkChains     `json:"chains"`
	Curve     []LinkCurve    `json:"curve,omitempty"`  // the estimate if links were taken as true, by threshold
	Checks    []LinkCheck    `json:"checks,omitempty"` // never the headline
	Hardest   []LinkCluster  `json:"hardest,omitempty"`
	Review    *LinkReview    `json:"review,omitempty"`
	Warnings  []Warning      `json:"warnings,omitempty"`
}

// A LinkRegister is a register and what became of its records: Read is the sum of those
// Excluded and Records, and Records are of Persons people when uncertain duplicates are joined at the threshold.
type LinkRegister struct {
	Name       string         `json:"name"`
	File       string         `json:"file"` // base name
	SHA256     string         `json:"sha256"`
	Anonymous  bool           `json:"anonymous,omitempty"` // never linked
	Read       int64          `json:"read"`
	Excluded   []LinkExcluded `json:"excluded,omitempty"`
	Altered    []LinkAltered  `json:"altered,omitempty"`
	Records    int64          `json:"records"`
	Persons    int64          `json:"persons"`
	Duplicates LinkRange      `json:"duplicates"`        // records that repeat a person of this register
	Missing    []float64      `json:"missing,omitempty"` // share of the records without a value, per field
	Unlinkable float64        `json:"unlinkable"`        // share of the persons whose record could not be told to be theirs even if it agreed with itself in everything
}

// A LinkExcluded counts the records left out for one reason.
type LinkExcluded struct {
	Reason string `json:"reason"`
	Text   string `json:"text"`
	Count  int64  `json:"count"`
}

// A LinkAltered counts what was used although it was not read as it is written, or although it cannot be told whether it belongs: a date read
// as its year alone, a record whose age is not known.
type LinkAltered struct {
	Reason string `json:"reason"`
	Field  string `json:"field,omitempty"`
	Text   string `json:"text"`
	Count  int64  `json:"count"` // of records; of values where Reason is "encoding"
}

// A LinkField is a field that was compared, and what its levels of agreement say.
type LinkField struct {
	Name   string      `json:"name"`
	Kind   string      `json:"kind"`
	Levels []LinkLevel `json:"levels"`
}

// A LinkLevel of agreement: how often it is found among pairs of one person (M) and of two
// (U); Weight is log2(M/U), its evidence in bits. An untrained level rests on less than one expected match.
type LinkLevel struct {
	Meaning   string  `json:"meaning"`
	M         float64 `json:"m_probability"`
	U         float64 `json:"u_probability"`
	Weight    float64 `json:"match_weight"`
	Untrained bool    `json:"untrained,omitempty"`
}

// LinkTogether says how much two fields have to do with each other in pairs of two persons and of one; the weights take them for independent there, unless Allowed.
type LinkTogether struct {
	A          string  `json:"a"`
	B          string  `json:"b"`
	NonMatches float64 `json:"information_u"`           // mutual information of their levels, in bits
	Matches    float64 `json:"information_m,omitempty"` // the same in pairs of one person, less what chance gives; 0 also where blocking chose the pairs
	EqualU     float64 `json:"both_equal_u,omitempty"`  // times as often equal together as if independent; 0: too few pairs
	EqualM     float64 `json:"both_equal_m,omitempty"`
	Twice      float64 `json:"counted_twice"` // bits by which the weight of pairs that are equal in both is too large
	Allowed    bool    `json:"allowed,omitempty"`
}

// LinkBlocking says which pairs were compared.
type LinkBlocking struct {
	AllPairs bool       `json:"all_pairs"`
	Possible int64      `json:"possible"`
	Compared int64      `json:"compared"`
	Rules    []LinkRule `json:"rules,omitempty"`
	// Shares of the matches that no rule finds: by the model, at least, or exactly where all pairs were counted; and as a check by how the rules overlap. 0 where all pairs are compared.
	Missed        float64 `json:"missed_at_least,omitempty"`
	MissedOverlap float64 `json:"missed_by_overlap,omitempty"`
	Counted       bool    `json:"all_pairs_counted,omitempty"`
}

// A LinkRule of blocking: pairs that agree on it are compared.
type LinkRule struct {
	Rule      string  `json:"rule"`
	Predicted int64   `json:"predicted"` // pairs, known before the comparison
	New       int64   `json:"new"`       // those that no rule before it finds; an estimate when the files are large
	Largest   int64   `json:"largest"`   // pairs of its largest block
	Missing   float64 `json:"missing"`   // share of the records without a key
	Found     float64 `json:"found"`     // share of the matches among the compared pairs that agree on it
	Shared    float64 `json:"shared"`    // of these, the share that another rule finds too
}

// A LinkPair of registers and the links between them.
type LinkPair struct {
	A           string    `json:"a"`
	B           string    `json:"b"`
	Possible    int64     `json:"possible"`
	Compared    int64     `json:"compared"`
	EM          float64   `json:"em_matches"`        // number of matches by EM alone, λ·pairs: a check
	Accepted    int64     `json:"accepted"`          // links of the point linkage
	Links       LinkRange `json:"links"`             // over the draws
	FalseMatch  LinkRange `json:"false_match_rate"`  // of the accepted links
	MissedMatch LinkRange `json:"missed_match_rate"` // of the true matches, those that blocking lost included
	Beyond      float64   `json:"beyond"`            // share of the matches that were not compared, or fell below the cut
	RHat        float64   `json:"r_hat,omitempty"`   // of the number of links over the chains
	Trace       [][]int   `json:"trace,omitempty"`   // number of links by sweep kept, per chain
	// NotComparable: the two have too little in common to tell who is on both. There are no links between them, and how many are missed is not known.
	NotComparable bool `json:"not_comparable,omitempty"`
}

// A LinkRange is a number that is not known exactly because the links are not: Value is the
// mean over the draws, Lower and Upper hold 95 % of them.
type LinkRange struct {
	Value float64 `json:"value"`
	Lower float64 `json:"lower"`
	Upper float64 `json:"upper"`
}

// A LinkHistogram counts the compared pairs that were kept by match weight, in bits: bin i
// runs from Edges[i] to Edges[i+1]. Matches is the number of true matches expected in it.
type LinkHistogram struct {
	Edges     []float64 `json:"edges"`
	Accepted  []int64   `json:"accepted"`
	Other     []int64   `json:"other"`
	Matches   []float64 `json:"matches"`
	Threshold float64   `json:"threshold"` // the weight that stands for the threshold
}

// A LinkOverlap is the number of persons with one history.
type LinkOverlap struct {
	Lists []string  `json:"lists"`
	Point int64     `json:"point"` // in the point linkage
	Draws LinkRange `json:"draws"`
}

// LinkChains says how the linkages were drawn and whether the chains agree.
type LinkChains struct {
	Draws    int     `json:"draws"`
	Chains   int     `json:"chains"`
	Sweeps   int     `json:"sweeps"` // before the first draw, per chain
	Thin     int     `json:"thin"`
	RHat     float64 `json:"r_hat"` // the largest, over the overlaps
	Extended bool    `json:"extended,omitempty"`
	Source   string  `json:"source,omitempty"` // the program that linked, when it was not this one
}

// A LinkCurve point is the estimate if the links at a threshold were taken as true. The
// exact key has no threshold. An estimate that was refused has its reason instead of numbers.
type LinkCurve struct {
	Threshold  float64  `json:"threshold,omitempty"`
	Exact      bool     `json:"exact,omitempty"`
	Observed   int64    `json:"observed"`
	Population float64  `json:"population,omitempty"`
	Lower      float64  `json:"lower,omitempty"`
	Upper      float64  `json:"upper,omitempty"` // 0: without limit, or refused
	Reason     *Refusal `json:"reason,omitempty"`
}

// A LinkCheck is a second opinion on the estimate. Its name is linkage-error, linkage-error-two-lists or em, or what the visitors of an anonymous
// register are supposed to do: independent-of (a body), odds-ratio, independent-of-all, dependent-on-each; anonymous when they were refused.
type LinkCheck struct {
	Name       string   `json:"name"`
	Text       string   `json:"text"`
	Register   string   `json:"register,omitempty"` // the anonymous one
	Body       string   `json:"body,omitempty"`
	OddsRatio  float64  `json:"odds_ratio,omitempty"`
	Model      string   `json:"model,omitempty"` // of the lists, where one is used
	Population float64  `json:"population,omitempty"`
	Lower      float64  `json:"lower,omitempty"`
	Upper      float64  `json:"upper,omitempty"` // 0: without limit, or refused
	Reason     *Refusal `json:"reason,omitempty"`
	// Contradicted is the test by which the data contradict what the check supposes; nil when none does.
	Contradicted *LinkTest `json:"contradicted,omitempty"`
}

// A LinkTest compares two deviances.
type LinkTest struct {
	Deviance float64 `json:"deviance"`
	DF       int     `json:"df"`
	P        float64 `json:"p"`
}

// A LinkCluster is a group of records about which the draws disagree most: the pseudonymous numbers of its clusters in the best
// linkage, joined by " + " where they may be of one person, its registers, and the share of the draws that join it as the best linkage does.
type LinkCluster struct {
	Cluster     string   `json:"cluster"`
	Registers   []string `json:"registers"`
	Probability float64  `json:"probability"`
	Entropy     float64  `json:"entropy"` // bits
}

// A LinkReview is what people who looked at a sample of pairs said.
type LinkReview struct {
	Reviewed    int64     `json:"reviewed"`
	CannotTell  int64     `json:"cannot_tell,omitempty"` // pairs of the sample without a score
	FalseMatch  LinkRange `json:"false_match_rate"`
	MissedMatch LinkRange `json:"missed_match_rate"`
	Kappa       float64   `json:"kappa,omitempty"` // agreement of two reviewers; see Twice
	Twice       int64     `json:"twice,omitempty"` // pairs that two of them saw
	Used        bool      `json:"recalibrated"`
	// What the review changed: the log odds of pairs became Shift + Slope times what they were (both 0: nothing); and of the Sure links, accepted ones
	// of which the linkage was sure and people were not, Apart are taken apart in a draw, at random. Neither changes the best linkage.
	Shift float64    `json:"shift,omitempty"`
	Slope float64    `json:"slope,omitempty"`
	Sure  int64      `json:"sure_links,omitempty"`
	Apart LinkRange  `json:"taken_apart"`
	Bands []LinkBand `json:"bands,omitempty"`
}

// A LinkBand is the pairs with match probabilities from Lower to Upper before the review: what the linkage said of them, and what people found.
type LinkBand struct {
	Lower    float64   `json:"lower"`
	Upper    float64   `json:"upper"`
	Pairs    int64     `json:"pairs"`
	Said     float64   `json:"said"` // mean probability
	Reviewed int64     `json:"reviewed"`
	Found    LinkRange `json:"found"` // share that is of one person, with the 95 % interval of Wilson (1927); says nothing when none was reviewed
}

// Pooled says how an estimate came from several drawn linkages: the point is the mean of
// the log hidden numbers (Rubin 1987), the interval holds the doubt about links, models and sampling.
type Pooled struct {
	Draws      int         `json:"draws"`
	Refused    int         `json:"refused"`              // draws without an estimate
	Replicates int         `json:"replicates,omitempty"` // values of N within every draw, in the mixture that the interval is of
	Share      float64     `json:"linkage_share"`        // of the variance of the log hidden number, due to the links
	DF         float64     `json:"df,omitempty"`         // of Rubin's interval; 0: unlimited, the draws agree
	Observed   LinkRange   `json:"observed"`             // persons seen
	Each       []Drawn     `json:"each"`                 // the estimate from every draw that has one
	Models     []Frequency `json:"models,omitempty"`     // how many draws chose each model; empty for methods that choose none
}

// Drawn is the estimate from one drawn linkage.
type Drawn struct {
	Observed   int64   `json:"observed"`
	Population float64 `json:"population"`
	Lower      float64 `json:"lower,omitempty"` // as if its links were true; 0: none
	Upper      float64 `json:"upper,omitempty"` // 0: without limit
	Model      string  `json:"model,omitempty"`
}
