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
	var b strings.Builder
	for s := string(n); s != ""; {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1 || r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == '\\':
			b.WriteString(`\\`)
		default:
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(b.String())
	return []byte(strings.TrimSuffix(out.String(), "\n")), err
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
