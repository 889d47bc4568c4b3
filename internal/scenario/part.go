package scenario

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"strconv"
)

// An Identity is everything that the numbers of a study follow from, and what is printed with them. Replicates of
// equal identities may be put together.
type Identity struct {
	Schema      string      `json:"schema"`
	Version     string      `json:"version"` // of the program
	Command     []string    `json:"command"`
	Source      string      `json:"source"` // base name of the scenario file
	Name        string      `json:"name"`
	Description string      `json:"description,omitempty"`
	Population  *Population `json:"population"`
	Methods     []string    `json:"methods"`
	Levels      []float64   `json:"levels"`
	Replicates  int         `json:"replicates"`
	Seed        uint64      `json:"seed"`
}

const partSchema = "darkfigure/simulate-part/v1"

// SHA256 is the hash of the identity, in hexadecimal.
func (id Identity) SHA256() string {
	id.Schema = partSchema
	b, err := json.Marshal(id)
	if err != nil {
		panic("scenario: " + err.Error()) // finite numbers and strings
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// A Shard is the part Number of Of of the replicates: those whose index leaves the remainder Number−1.
type Shard struct {
	Number int `json:"number"`
	Of     int `json:"of"`
}

// Whole is the shard of all replicates.
var Whole = Shard{1, 1}

// Indices lists the replicates of the shard that are not done, in ascending order.
func (s Shard) Indices(replicates int, done []Replicate) []int {
	have := make(map[int]bool, len(done))
	for _, r := range done {
		have[r.Index] = true
	}
	var out []int
	for i := s.Number - 1; i < replicates; i += s.Of {
		if !have[i] {
			out = append(out, i)
		}
	}
	return out
}

// A Part is a file of completed replicates that is only ever appended to: one line for the identity, then one per
// replicate in the order of their completion, each behind its checksum. A line that was cut off by a kill or a power failure is
// dropped when the file is opened again.
type Part struct {
	file *os.File
	path string
}

// ErrPartExists says that there is a file of completed replicates already.
var ErrPartExists = errors.New("there are completed replicates from before")

type heading struct {
	Schema   string   `json:"schema"`
	SHA256   string   `json:"sha256"`
	Shard    Shard    `json:"shard"`
	Identity Identity `json:"study"`
}

// OpenPart opens the file of a study for appending, or makes it. With resume the replicates that are in it are returned; without, a file that is there
// is [ErrPartExists].
func OpenPart(path string, id Identity, shard Shard, resume bool) (*Part, []Replicate, error) {
	id.Schema = partSchema
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o666)
	switch {
	case err == nil:
		p := &Part{f, path}
		if err := p.append(heading{partSchema, id.SHA256(), shard, id}); err != nil {
			f.Close()
			return nil, nil, err
		}
		return p, nil, nil
	case !errors.Is(err, fs.ErrExist):
		return nil, nil, err
	case !resume:
		return nil, nil, ErrPartExists
	}
	if f, err = os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0); err != nil {
		return nil, nil, err
	}
	h, replicates, good, err := readPart(f, path)
	if err == nil && h == nil { // killed before the first line was there
		p := &Part{f, path}
		if err = f.Truncate(0); err == nil {
			err = p.append(heading{partSchema, id.SHA256(), shard, id})
		}
		if err == nil {
			return p, nil, nil
		}
	}
	switch {
	case err != nil:
	case h.SHA256 != id.SHA256():
		err = fmt.Errorf("%s belongs to another study: %s", path, differences(h.Identity, id))
	case h.Shard != shard:
		err = fmt.Errorf("%s holds the shard %d/%d, not %d/%d", path, h.Shard.Number, h.Shard.Of, shard.Number, shard.Of)
	default:
		err = f.Truncate(good)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return &Part{f, path}, replicates, nil
}

// differences says in what two studies differ.
func differences(a, b Identity) string {
	switch {
	case a.Version != b.Version:
		return fmt.Sprintf("it was made by version %s of the program, this is %s", a.Version, b.Version)
	case a.Seed != b.Seed:
		return fmt.Sprintf("its seed is %d, not %d", a.Seed, b.Seed)
	case a.Replicates != b.Replicates:
		return fmt.Sprintf("it is of %d replicates, not %d", a.Replicates, b.Replicates)
	case a.Source != b.Source || a.Name != b.Name:
		return fmt.Sprintf("it is of %s (%s), not of %s (%s)", a.Source, a.Name, b.Source, b.Name)
	}
	return "the population, the methods or the levels of " + a.Source + " have changed"
}

// Append adds a replicate, in one write.
func (p *Part) Append(r Replicate) error { return p.append(r) }

func (p *Part) append(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	line := fmt.Appendf(nil, "%08x ", crc32.ChecksumIEEE(b))
	line = append(append(line, b...), '\n')
	_, err = p.file.Write(line)
	return err
}

// Close brings the file to disk and closes it.
func (p *Part) Close() error { return errors.Join(p.file.Sync(), p.file.Close()) }

// Remove closes the file and deletes it.
func (p *Part) Remove() error { return errors.Join(p.file.Close(), os.Remove(p.path)) }

// readPart reads a file of completed replicates. good is the length of what is whole; heading is nil when not even the first line is.
func readPart(f io.Reader, path string) (h *heading, replicates []Replicate, good int64, err error) {
	in := bufio.NewReader(f)
	seen := map[int][]byte{}
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return nil, nil, 0, err
		}
		if err == io.EOF {
			return h, replicates, good, nil // what follows the last newline was cut off
		}
		body, ok := checked(line)
		if !ok {
			// A cut-off line that something was appended to, or a damaged file: nothing after it can be trusted.
			return nil, nil, 0, fmt.Errorf("%s:%d: the line does not agree with its checksum: the file is damaged or no file of completed replicates", path, n)
		}
		if h == nil {
			h = new(heading)
			if err := json.Unmarshal(body, h); err != nil || h.Schema != partSchema || h.Identity.SHA256() != h.SHA256 || h.Identity.Population == nil {
				return nil, nil, 0, fmt.Errorf("%s is no file of completed replicates (%s)", path, partSchema)
			}
			good += int64(len(line))
			continue
		}
		var r Replicate
		if err := json.Unmarshal(body, &r); err != nil {
			return nil, nil, 0, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		if r.Index < 0 || r.Index >= h.Identity.Replicates || len(r.Answers) != len(h.Identity.Methods) {
			return nil, nil, 0, fmt.Errorf("%s:%d: replicate %d with %d answers does not belong to this study", path, n, r.Index+1, len(r.Answers))
		}
		if before, ok := seen[r.Index]; ok {
			if !bytes.Equal(before, body) {
				return nil, nil, 0, fmt.Errorf("%s:%d: replicate %d is there twice, with different numbers", path, n, r.Index+1)
			}
		} else {
			seen[r.Index] = bytes.Clone(body)
			replicates = append(replicates, r)
		}
		good += int64(len(line))
	}
}

// checked returns the line without its checksum and newline.
func checked(line []byte) ([]byte, bool) {
	const sum = 8
	if len(line) < sum+2 || line[sum] != ' ' {
		return nil, false
	}
	want, err := strconv.ParseUint(string(line[:sum]), 16, 32)
	body := line[sum+1 : len(line)-1]
	return body, err == nil && uint32(want) == crc32.ChecksumIEEE(body)
}

// Merge reads files of completed replicates of one study, which together must hold all of it.
func Merge(paths []string) (Identity, []Replicate, error) {
	var id *Identity
	var all []Replicate
	from := map[int]string{}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return Identity{}, nil, err
		}
		h, replicates, _, err := readPart(f, path)
		f.Close()
		switch {
		case err != nil:
			return Identity{}, nil, err
		case h == nil:
			return Identity{}, nil, fmt.Errorf("%s is no file of completed replicates (%s)", path, partSchema)
		case id == nil:
			id = &h.Identity
		case h.SHA256 != id.SHA256():
			return Identity{}, nil, fmt.Errorf("%s belongs to another study than %s: %s", path, paths[0], differences(*id, h.Identity))
		}
		for _, r := range replicates {
			if before, ok := from[r.Index]; ok {
				return Identity{}, nil, fmt.Errorf("replicate %d is in %s and in %s: give every shard once", r.Index+1, before, path)
			}
			from[r.Index] = path
			all = append(all, r)
		}
	}
	if id == nil {
		return Identity{}, nil, errors.New("there is nothing to merge")
	}
	if missing := Whole.Indices(id.Replicates, all); len(missing) > 0 {
		return Identity{}, nil, fmt.Errorf("%d of %d replicates are missing, the first of them %d: a shard was not given, or is not finished (run it again with --resume)",
			len(missing), id.Replicates, missing[0]+1)
	}
	return *id, InOrder(all), nil
}
