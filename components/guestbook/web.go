package main

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	maxMessage = 500  // characters; the page's maxlength says the same
	maxBody    = 8192 // bytes: 500 characters as JSON escapes, and room
	maxEntries = 1000
	usual      = 100 // entries in an answer if the request does not say
	timeLimit  = 8 * time.Second
)

// Nothing is loaded from elsewhere, nothing inline runs, and nobody frames the page.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

//go:embed page
var pages embed.FS

type handler struct {
	book book
	pod  string
}

// A refusal is an answer that is not the one asked for: for programs an identifier, for people a sentence.
type refusal struct {
	status  int
	ident   string
	message string
}

func (r refusal) Error() string { return r.message }

func newHandler(book book, pod string) http.Handler {
	h := handler{book: book, pod: pod}
	page, err := fs.Sub(pages, "page")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(page))
	mux.HandleFunc("GET /api/entries", h.answer(h.list))
	mux.HandleFunc("POST /api/entries", h.answer(h.add))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", h.probe(book.ready))
	mux.HandleFunc("GET /readyz/any", h.probe(book.ready, book.readable))
	return h.logged(mux)
}

func (h handler) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Pod-Name", h.pod)
		header.Set("Content-Security-Policy", contentPolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-store")
		begin := time.Now()
		next.ServeHTTP(w, r)
		if r.Method == http.MethodPost { // not the probes, nor a page that looks every three seconds
			slog.Info("request", "method", r.Method, "path", r.URL.Path, "ms", time.Since(begin).Milliseconds())
		}
	})
}

// answer turns what an API function returns into JSON, and its error into a status with a reason.
func (h handler) answer(do func(ctx context.Context, r *http.Request) (int, any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), timeLimit)
		defer cancel()
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		status, body, err := do(ctx, r)
		if err != nil {
			var known refusal
			if !errors.As(err, &known) {
				slog.Error("redis", "path", r.URL.Path, "error", err)
				known = refusal{http.StatusServiceUnavailable, "redis-unreachable", "Redis does not answer: " + err.Error()}
			}
			status = known.status
			body = map[string]any{"error": map[string]string{"id": known.ident, "message": known.message}}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
}

func (h handler) list(ctx context.Context, r *http.Request) (int, any, error) {
	from, count, err := wanted(r)
	if err != nil {
		return 0, nil, err
	}
	entries, total, err := h.book.last(ctx, from, count)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, map[string]any{"entries": entries, "total": total, "from": from, "pod": h.pod}, nil
}

func wanted(r *http.Request) (source, int64, error) {
	from, count := fromFollower, int64(usual)
	if text := r.URL.Query().Get("from"); text != "" {
		from = source(text)
		if from != fromLeader && from != fromFollower {
			return "", 0, refusal{http.StatusBadRequest, "source-unknown", "from is leader or follower"}
		}
	}
	if text := r.URL.Query().Get("limit"); text != "" {
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil || number < 1 || number > maxEntries {
			return "", 0, refusal{http.StatusBadRequest, "limit-invalid", fmt.Sprintf("limit is a number from 1 to %d", maxEntries)}
		}
		count = number
	}
	return from, count, nil
}

func (h handler) add(ctx context.Context, r *http.Request) (int, any, error) {
	message, err := readMessage(r)
	if err != nil {
		return 0, nil, err
	}
	entry := Entry{ID: rand.Text(), Message: message, At: time.Now().UTC().Truncate(time.Millisecond)}
	acknowledged, err := h.book.add(ctx, entry)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, map[string]any{"entry": entry, "acknowledged": acknowledged, "pod": h.pod}, nil
}

// readMessage wants JSON by its content type: no page of another site can send that without asking first.
func readMessage(r *http.Request) (string, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return "", refusal{http.StatusUnsupportedMediaType, "type-unsupported", "send application/json: {\"message\": \"…\"}"}
	}
	body, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return "", refusal{http.StatusRequestEntityTooLarge, "body-too-large", fmt.Sprintf("the request is over %d bytes", maxBody)}
	} else if err != nil {
		return "", refusal{http.StatusBadRequest, "body-unreadable", "the request ended too early"}
	}
	var sent struct {
		Message *string `json:"message"`
	}
	if err := json.Unmarshal(body, &sent); err != nil || sent.Message == nil || !utf8.Valid(body) {
		return "", refusal{http.StatusBadRequest, "body-invalid", "send a JSON object with a text: {\"message\": \"…\"}"}
	}
	return checked(*sent.Message)
}

func checked(message string) (string, error) {
	message = strings.TrimSpace(strings.ReplaceAll(message, "\r\n", "\n"))
	if message == "" {
		return "", refusal{http.StatusUnprocessableEntity, "message-empty", "The message is empty."}
	}
	if count := utf8.RuneCountInString(message); count > maxMessage {
		return "", refusal{http.StatusUnprocessableEntity, "message-too-long",
			fmt.Sprintf("The message has %d characters; at most %d fit.", count, maxMessage)}
	}
	strange := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	if strings.ContainsFunc(message, strange) {
		return "", refusal{http.StatusUnprocessableEntity, "message-strange", "The message has control characters."}
	}
	return message, nil
}

// probe answers ok if one of these is possible. A pod that can only be read is of use while the leader is away.
func (h handler) probe(ways ...func(context.Context) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		answers := make(chan error, len(ways))
		for _, way := range ways {
			go func() { answers <- way(ctx) }()
		}
		var failed []string
		for range ways {
			err := <-answers
			if err == nil {
				fmt.Fprintln(w, "ok")
				return
			}
			failed = append(failed, err.Error())
		}
		http.Error(w, "Redis does not answer: "+strings.Join(failed, "; "), http.StatusServiceUnavailable)
	}
}
