package tableio

import "fmt"

// rescue turns a panic of a library into an error: they panic on writers that fail and on files
// that lie.
func rescue(err *error, what string) {
	if p := recover(); p != nil {
		if e, ok := p.(error); ok {
			*err = fmt.Errorf("%s: %w", what, e)
			return
		}
		*err = fmt.Errorf("%s: %v", what, p)
	}
}
