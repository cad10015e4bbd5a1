package rootfs

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A ByteName is a string of bytes in JSON: as it is where it is UTF-8 without
// backslashes and control characters, else with \xHH for each such byte and \\
// for a backslash.
type ByteName string

// MarshalJSON implements [json.Marshaler].
func (n ByteName) MarshalJSON() ([]byte, error) {
	const hex = "0123456789abcdef"
	b := make([]byte, 1, len(n)+2)
	b[0] = '"'
	for s := string(n); s != ""; {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1 || r < ' ' || r == 0x7f:
			b = append(b, '\\', '\\', 'x', hex[s[0]>>4], hex[s[0]&15])
		case r == '\\':
			b = append(b, `\\\\`...)
		case r == '"':
			b = append(b, `\"`...)
		case r == '\u2028' || r == '\u2029': // which end a line in JavaScript
			b = append(b, `\u202`...)
			b = append(b, hex[r&15])
		default:
			b = append(b, s[:size]...)
		}
		s = s[size:]
	}
	return append(b, '"'), nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (n *ByteName) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	var b strings.Builder
	for s != "" {
		before, after, found := strings.Cut(s, `\`)
		b.WriteString(before)
		if !found {
			break
		}
		c, rest, err := unescape(after)
		if err != nil {
			return err
		}
		b.WriteByte(c)
		s = rest
	}
	*n = ByteName(b.String())
	return nil
}

// unescape decodes what follows a backslash.
func unescape(s string) (c byte, rest string, err error) {
	switch {
	case strings.HasPrefix(s, `\`):
		return '\\', s[1:], nil
	case len(s) >= 3 && s[0] == 'x':
		v, err := strconv.ParseUint(s[1:3], 16, 8)
		if err == nil {
			return byte(v), s[3:], nil
		}
	}
	return 0, "", fmt.Errorf(`decode name: \%.3s is neither \\ nor \xHH`, s)
}
