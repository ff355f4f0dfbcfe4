package workbook

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// errUnusual says that a workbook has something that this reader doesn't know, which
// excelize may.
var errUnusual = errors.New("not a workbook of the common kind")

// errTooMuch says that a workbook has more of something than any ledger.
var errTooMuch = errors.New("beyond every bound of a workbook")

const (
	scanBuffer = 256 << 10
	// maxToken bounds one tag or text: a cell holds 32,767 characters.
	maxToken = 1 << 20
	maxDepth = 64
)

type tokenKind int

const (
	startTag tokenKind = iota
	// emptyTag is a start tag that is its own end.
	emptyTag
	endTag
	textToken
)

// token is a piece of XML; its bytes are good until the next is asked for.
type token struct {
	kind tokenKind
	// name is a tag's, with its prefix; attributes the rest of a start tag.
	name, attributes []byte
	// text is what is written between tags, references resolved.
	text []byte
}

// scanner cuts plain XML into tokens: elements, attributes and texts in UTF-8. Comments,
// CDATA, document types and the like are errUnusual.
type scanner struct {
	r        io.Reader
	buffer   []byte
	from, to int
	ended    bool
	depth    int
	resolved []byte
}

func newScanner(r io.Reader) *scanner { return &scanner{r: r, buffer: make([]byte, scanBuffer)} }

// fill brings more into the buffer, which grows for a long token only.
func (s *scanner) fill() error {
	if s.ended {
		return io.ErrUnexpectedEOF
	}
	if s.from > 0 {
		copy(s.buffer, s.buffer[s.from:s.to])
		s.to -= s.from
		s.from = 0
	}
	if s.to == len(s.buffer) {
		if len(s.buffer) > maxToken {
			return errTooMuch
		}
		s.buffer = append(s.buffer, make([]byte, len(s.buffer))...)
	}
	n, err := s.r.Read(s.buffer[s.to:])
	s.to += n
	if errors.Is(err, io.EOF) {
		s.ended = true
		if n > 0 {
			return nil
		}
		return io.ErrUnexpectedEOF
	}
	return err
}

// until returns what comes before the next c, and leaves it with c behind.
func (s *scanner) until(c byte) ([]byte, error) {
	for looked := 0; ; {
		if at := bytes.IndexByte(s.buffer[s.from+looked:s.to], c); at >= 0 {
			piece := s.buffer[s.from : s.from+looked+at]
			s.from += looked + at + 1
			return piece, nil
		}
		looked = s.to - s.from
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
}

// next returns the next token; io.EOF after the last.
func (s *scanner) next() (token, error) {
	for {
		if s.from == s.to {
			if s.ended {
				return token{}, s.end()
			}
			if err := s.fill(); err != nil {
				if errors.Is(err, io.ErrUnexpectedEOF) {
					err = s.end()
				}
				return token{}, err
			}
		}
		if s.buffer[s.from] != '<' {
			t, err := s.nextText()
			if err == nil && s.depth == 0 {
				if len(bytes.TrimSpace(t.text)) > 0 {
					return token{}, errUnusual
				}
				continue
			}
			return t, err
		}
		s.from++
		tag, err := s.until('>')
		if err != nil {
			return token{}, err
		}
		if len(tag) > 0 && tag[0] == '?' && s.depth == 0 {
			if err := checkDeclaration(tag); err != nil {
				return token{}, err
			}
			continue
		}
		return s.tag(tag)
	}
}

func (s *scanner) end() error {
	if s.depth > 0 {
		return io.ErrUnexpectedEOF
	}
	return io.EOF
}

// checkDeclaration wants UTF-8, which a declaration without an encoding means.
func checkDeclaration(tag []byte) error {
	lower := bytes.ToLower(tag)
	if bytes.HasPrefix(lower, []byte("?xml ")) &&
		(!bytes.Contains(lower, []byte("encoding")) || bytes.Contains(lower, []byte(`"utf-8"`)) || bytes.Contains(lower, []byte(`'utf-8'`))) {
		return nil
	}
	return errUnusual
}

func (s *scanner) tag(tag []byte) (token, error) {
	switch {
	case len(tag) == 0:
		return token{}, errUnusual
	case tag[0] == '/':
		if s.depth--; s.depth < 0 {
			return token{}, errUnusual
		}
		name, rest := cutSpace(tag[1:])
		if len(bytes.TrimSpace(rest)) > 0 {
			return token{}, errUnusual
		}
		return token{kind: endTag, name: name}, nil
	case tag[0] == '!' || tag[0] == '?':
		return token{}, errUnusual
	}
	kind := startTag
	if tag[len(tag)-1] == '/' {
		kind, tag = emptyTag, tag[:len(tag)-1]
	} else if s.depth++; s.depth > maxDepth {
		return token{}, errTooMuch
	}
	name, attributes := cutSpace(tag)
	// A > within an attribute has cut the tag in two.
	if bytes.Count(attributes, []byte{'"'})%2 != 0 || bytes.IndexByte(attributes, '\'') >= 0 || bytes.IndexByte(attributes, '<') >= 0 {
		return token{}, errUnusual
	}
	return token{kind: kind, name: name, attributes: attributes}, nil
}

// cutSpace cuts a tag at its first space.
func cutSpace(tag []byte) (name, rest []byte) {
	for at, c := range tag {
		if space(c) {
			return tag[:at], tag[at+1:]
		}
	}
	return tag, nil
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func (s *scanner) nextText() (token, error) {
	text, err := s.until('<')
	if err != nil {
		// Behind the last tag there is nothing but space.
		if rest := s.buffer[s.from:s.to]; errors.Is(err, io.ErrUnexpectedEOF) && len(bytes.TrimSpace(rest)) == 0 {
			s.from = s.to
			return token{}, s.end()
		}
		return token{}, err
	}
	s.from--
	text, err = s.resolve(text)
	return token{kind: textToken, text: text}, err
}

// plainByte tells the bytes of a text that mean themselves.
var plainByte = func() (plain [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		plain[c] = c != '&' && c != '>'
	}
	plain['\t'], plain['\n'] = true, true
	return plain
}()

func (s *scanner) resolve(text []byte) ([]byte, error) {
	at := 0
	for at < len(text) && plainByte[text[at]] {
		at++
	}
	if at == len(text) {
		return text, nil
	}
	s.resolved = append(s.resolved[:0], text[:at]...)
	for at < len(text) {
		switch c := text[at]; {
		case plainByte[c]:
			s.resolved = append(s.resolved, c)
			at++
		case c == '&':
			size, char, ok := reference(text[at:])
			if !ok {
				return nil, errUnusual
			}
			s.resolved = utf8.AppendRune(s.resolved, char)
			at += size
		case c == '\r':
			// One line break, however it is written.
			s.resolved = append(s.resolved, '\n')
			if at++; at < len(text) && text[at] == '\n' {
				at++
			}
		case c == '>':
			if bytes.HasSuffix(text[:at], []byte("]]")) {
				return nil, errUnusual
			}
			s.resolved = append(s.resolved, c)
			at++
		default:
			char, size := utf8.DecodeRune(text[at:])
			if !allowed(char) || char == utf8.RuneError && size == 1 {
				return nil, errUnusual
			}
			s.resolved = append(s.resolved, text[at:at+size]...)
			at += size
		}
	}
	return s.resolved, nil
}

// allowed are the characters that XML 1.0 may have.
func allowed(c rune) bool {
	return c == '\t' || c == '\n' || c == '\r' || c >= ' ' && c <= 0xd7ff || c >= 0xe000 && c <= 0xfffd || c >= 0x10000 && c <= utf8.MaxRune
}

var named = map[string]rune{"lt": '<', "gt": '>', "amp": '&', "quot": '"', "apos": '\''}

// reference reads &name; or &#number; at the start of a text.
func reference(text []byte) (size int, char rune, ok bool) {
	end := bytes.IndexByte(text[:min(len(text), 12)], ';')
	if end < 2 {
		return 0, 0, false
	}
	name := string(text[1:end])
	if char, ok = named[name]; ok {
		return end + 1, char, true
	}
	if name[0] != '#' {
		return 0, 0, false
	}
	digits, base := name[1:], 10
	if len(digits) > 0 && digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	number, err := strconv.ParseUint(digits, base, 32)
	if err != nil || !allowed(rune(number)) {
		return 0, 0, false
	}
	return end + 1, rune(number), true
}

// attribute is one of a start tag.
type attribute struct{ name, value []byte }

// nextAttribute cuts the first attribute off; ok is false when there is none left.
func nextAttribute(rest []byte) (a attribute, after []byte, ok bool, err error) {
	for len(rest) > 0 && space(rest[0]) {
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return a, nil, false, nil
	}
	equals := bytes.IndexByte(rest, '=')
	if equals < 1 || len(rest) < equals+3 || rest[equals+1] != '"' {
		return a, nil, false, errUnusual
	}
	a.name = rest[:equals]
	rest = rest[equals+2:]
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		return a, nil, false, errUnusual
	}
	a.value = rest[:end]
	return a, rest[end+1:], true, nil
}
