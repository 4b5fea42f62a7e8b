package target

import (
	"errors"
	"strings"
)

// splitWords splits a command line at white space. Single quotes keep everything, double quotes everything but \" and \\, and a backslash elsewhere keeps a following space, quote or
// backslash; before anything else it stands for itself, so that a Windows path needs no quotes.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	var quote rune // the quote that is open, or 0
	runes := []rune(line)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case r == '\\' && quote != '\'' && i+1 < len(runes) && escapes(runes[i+1], quote):
			i++
			word.WriteRune(runes[i])
			inWord = true
		case r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case strings.ContainsRune(" \t\r\n", r):
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed: " + string(quote))
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

// escapes reports whether a backslash before r makes it an ordinary character, inside the given quote or outside of any.
func escapes(r, quote rune) bool {
	if quote == '"' {
		return r == '"' || r == '\\'
	}
	return strings.ContainsRune(` '"\`, r)
}

// joinWords is the inverse of splitWords.
func joinWords(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = w
		switch {
		case w != "" && !strings.ContainsAny(w, " \t\r\n'\"\\"):
		case !strings.Contains(w, "'"):
			quoted[i] = "'" + w + "'"
		default:
			quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w) + `"`
		}
	}
	return strings.Join(quoted, " ")
}
