package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// memoryBook keeps entries here; broken makes it answer like a Redis that is gone.
type memoryBook struct {
	entries []Entry
	asked   source
	broken  bool
	// alone has no leader: what was written can still be read.
	alone bool
}

var errGone = errors.New("connection refused")

func (m *memoryBook) add(_ context.Context, entry Entry) (int64, error) {
	if m.broken {
		return 0, errGone
	}
	m.entries = append(m.entries, entry)
	return 2, nil
}

func (m *memoryBook) last(_ context.Context, from source, count int64) ([]Entry, int64, error) {
	if m.broken {
		return nil, 0, errGone
	}
	m.asked = from
	first := max(0, len(m.entries)-int(count))
	return m.entries[first:], int64(len(m.entries)), nil
}

func (m *memoryBook) ready(context.Context) error {
	if m.broken || m.alone {
		return errGone
	}
	return nil
}

func (m *memoryBook) readable(context.Context) error {
	if m.broken {
		return errGone
	}
	return nil
}

func request(book book, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	newHandler(book, "frontend-1").ServeHTTP(w, r)
	return w
}

func TestAMessageIsKeptAndReadFromAFollower(t *testing.T) {
	book := &memoryBook{}
	posted := request(book, "POST", "/api/entries", `{"message": "  <b>hé</b>\r\nthere "}`)
	if posted.Code != http.StatusCreated {
		t.Fatalf("%d %s", posted.Code, posted.Body)
	}
	var kept struct {
		Entry        Entry
		Acknowledged int
	}
	if err := json.Unmarshal(posted.Body.Bytes(), &kept); err != nil || kept.Acknowledged != 2 || kept.Entry.ID == "" {
		t.Fatalf("%v %s", err, posted.Body)
	}
	if kept.Entry.Message != "<b>hé</b>\nthere" {
		t.Errorf("kept %q", kept.Entry.Message)
	}
	read := request(book, "GET", "/api/entries", "")
	if !strings.Contains(read.Body.String(), kept.Entry.ID) || book.asked != fromFollower {
		t.Errorf("read %s from %s", read.Body, book.asked)
	}
	request(book, "GET", "/api/entries?from=leader", "")
	if book.asked != fromLeader {
		t.Errorf("from=leader asked the %s", book.asked)
	}
	if read.Header().Get("X-Pod-Name") != "frontend-1" {
		t.Error("the answer does not name its pod")
	}
}

func TestWhatIsRefusedIsNamed(t *testing.T) {
	for _, c := range []struct {
		method, path, body, ident string
		status                    int
	}{
		{"POST", "/api/entries", `{"message": "   "}`, "message-empty", 422},
		{"POST", "/api/entries", `{"message": "` + strings.Repeat("é", 501) + `"}`, "message-too-long", 422},
		{"POST", "/api/entries", `{"message": "a\u0007b"}`, "message-strange", 422},
		{"POST", "/api/entries", `{"message": 7}`, "body-invalid", 400},
		{"POST", "/api/entries", `{}`, "body-invalid", 400},
		{"POST", "/api/entries", `nonsense`, "body-invalid", 400},
		{"POST", "/api/entries", `{"message": "` + strings.Repeat("x", 9000) + `"}`, "body-too-large", 413},
		{"GET", "/api/entries?from=elsewhere", "", "source-unknown", 400},
		{"GET", "/api/entries?limit=0", "", "limit-invalid", 400},
	} {
		book := &memoryBook{}
		w := request(book, c.method, c.path, c.body)
		if w.Code != c.status || !strings.Contains(w.Body.String(), `"`+c.ident+`"`) {
			t.Errorf("%s %s %.40s: %d %s", c.method, c.path, c.body, w.Code, w.Body)
		}
		if len(book.entries) > 0 {
			t.Errorf("%.40s was kept", c.body)
		}
	}
}

func TestTheLongestMessageFits(t *testing.T) {
	if w := request(&memoryBook{}, "POST", "/api/entries", `{"message": "`+strings.Repeat("é", 500)+`"}`); w.Code != 201 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAFormOfAnotherSiteIsRefused(t *testing.T) {
	r := httptest.NewRequest("POST", "/api/entries", strings.NewReader(`{"message": "x"}`))
	r.Header.Set("Content-Type", "text/plain")
	w := httptest.NewRecorder()
	newHandler(&memoryBook{}, "p").ServeHTTP(w, r)
	if w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("%d", w.Code)
	}
}

func TestWithoutRedisTheProcessLivesButIsNotReady(t *testing.T) {
	gone := &memoryBook{broken: true}
	for path, want := range map[string]int{
		"/healthz": 200, "/readyz": 503, "/readyz/any": 503, "/api/entries": 503, "/": 200, "/none": 404,
	} {
		if w := request(gone, "GET", path, ""); w.Code != want {
			t.Errorf("%s: %d, wanted %d", path, w.Code, want)
		}
	}
	if w := request(gone, "POST", "/api/entries", `{"message": "x"}`); w.Code != 503 {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestAnEmptyBookIsAnEmptyList(t *testing.T) {
	if w := request(&memoryBook{entries: []Entry{}}, "GET", "/api/entries", ""); !strings.Contains(w.Body.String(), `"entries":[]`) {
		t.Error(w.Body)
	}
}

func TestWithoutItsLeaderThePodIsStillRead(t *testing.T) {
	alone := &memoryBook{alone: true, entries: []Entry{{ID: "1", Message: "kept"}}}
	for path, want := range map[string]int{"/readyz": 503, "/readyz/any": 200, "/api/entries": 200} {
		if w := request(alone, "GET", path, ""); w.Code != want {
			t.Errorf("%s: %d, wanted %d", path, w.Code, want)
		}
	}
}

func TestAFollowerThatNeverMetItsLeaderHasNoData(t *testing.T) {
	for state, want := range map[string]bool{
		"role:master\r\nconnected_slaves:2\r\n":                                                                         true,
		"role:slave\r\nmaster_link_status:up\r\nslave_repl_offset:1\r\n":                                                true,
		"role:slave\r\nmaster_link_status:down\r\nslave_repl_offset:47\r\nmaster_link_down_since_seconds:0\r\nx:1\r\n":  true,
		"role:slave\r\nmaster_link_status:down\r\nslave_repl_offset:47\r\nmaster_link_down_since_seconds:90\r\n":        true,
		"role:slave\r\nmaster_link_status:down\r\nslave_repl_offset:47\r\nmaster_link_down_since_seconds:-1\r\nx:1\r\n": false,
		"role:slave\r\nmaster_link_status:down\r\nslave_repl_offset:1\r\nmaster_link_down_since_seconds:-1\r\n":         false,
		"role:slave\r\nmaster_link_status:down\r\n":                                                                     false,
	} {
		if hasData(state) != want {
			t.Errorf("%q: wanted %v", state, want)
		}
	}
}

func TestAPodThatNeverMetTheLeaderIsNotRead(t *testing.T) {
	book := openRedis("127.0.0.1:1", "127.0.0.1:1", "")
	defer book.close()
	if err := book.readable(t.Context()); !errors.Is(err, errNeverMet) {
		t.Error(err)
	}
	book.met.Store(true)
	if err := book.readable(t.Context()); err == nil || errors.Is(err, errNeverMet) {
		t.Error(err)
	}
}
