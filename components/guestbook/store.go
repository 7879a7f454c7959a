package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	listKey = "guestbook:entries"
	seenKey = "guestbook:seen:"
	// ackTime is how long a write waits for a follower; the entry is kept either way.
	ackTime = time.Second
	// attempts at a write. A Service may still lead to a pod that has just gone.
	attempts = 3
)

// An Entry is one message in the book.
type Entry struct {
	ID      string    `json:"id"`
	Message string    `json:"message"`
	At      time.Time `json:"at"`
}

// A source is one of the two ways to the data.
type source string

const (
	fromLeader   source = "leader"
	fromFollower source = "follower"
)

// A book keeps entries, oldest first.
type book interface {
	add(ctx context.Context, entry Entry) (acknowledged int64, err error)
	last(ctx context.Context, from source, count int64) (entries []Entry, total int64, err error)
	ready(ctx context.Context) error
	readable(ctx context.Context) error
}

type redisBook struct {
	clients map[source]*redis.Client
	// met the leader at least once: before that, this pod may have a wrong name for it, or no way to it.
	met atomic.Bool
}

// quiet drops what the client writes on its own: every failure is in a request's answer and log line already.
type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

func openRedis(leader, follower, password string) *redisBook {
	redis.SetLogger(quiet{})
	return &redisBook{clients: map[source]*redis.Client{
		fromLeader:   client(leader, password),
		fromFollower: client(follower, password),
	}}
}

// client dials by name: every new connection asks DNS again, and none grows old, so that pods may come and go.
func client(address, password string) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr:                  address,
		Password:              password,
		DialTimeout:           time.Second,
		DialerRetries:         1, // the calls below are retried whole
		ReadTimeout:           2 * time.Second,
		WriteTimeout:          time.Second,
		PoolTimeout:           2 * time.Second,
		MaxRetries:            2,
		ConnMaxIdleTime:       20 * time.Second,
		ConnMaxLifetime:       time.Minute,
		ContextTimeoutEnabled: true,
		DisableIdentity:       true,
	})
}

func (b *redisBook) close() {
	for _, client := range b.clients {
		_ = client.Close()
	}
}

// push appends an entry once, however often it is sent: an answer may be lost when the write was not.
var push = redis.NewScript(`
if redis.call('SET', KEYS[2], 1, 'NX', 'EX', 300) then redis.call('RPUSH', KEYS[1], ARGV[1]) end
return 1`)

func (b *redisBook) add(ctx context.Context, entry Entry) (int64, error) {
	text, err := json.Marshal(entry)
	if err != nil {
		return 0, err
	}
	for attempt := 1; ; attempt++ {
		acknowledged, err := b.addOnce(ctx, entry.ID, text)
		if err == nil || attempt == attempts || ctx.Err() != nil {
			return acknowledged, err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// addOnce writes and waits on one connection: WAIT counts who has what this connection wrote.
func (b *redisBook) addOnce(ctx context.Context, id string, text []byte) (int64, error) {
	connection := b.clients[fromLeader].Conn()
	defer connection.Close()
	if err := push.Eval(ctx, connection, []string{listKey, seenKey + id}, text).Err(); err != nil {
		return 0, err
	}
	acknowledged, err := connection.Wait(ctx, 1, ackTime).Result()
	if err != nil {
		return 0, nil // written; who else has it is not known
	}
	return acknowledged, nil
}

func (b *redisBook) last(ctx context.Context, from source, count int64) ([]Entry, int64, error) {
	pipe := b.clients[from].Pipeline()
	texts, total := pipe.LRange(ctx, listKey, -count, -1), pipe.LLen(ctx, listKey)
	state := pipe.Info(ctx, "replication")
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, 0, err
	}
	if !hasData(state.Val()) {
		return nil, 0, errEmpty
	}
	entries := make([]Entry, 0, len(texts.Val()))
	for _, text := range texts.Val() {
		var entry Entry
		if err := json.Unmarshal([]byte(text), &entry); err != nil {
			return nil, 0, fmt.Errorf("an entry in Redis is not this program's: %w", err)
		}
		entries = append(entries, entry)
	}
	return entries, total.Val(), nil
}

// ready tells whether a message can be written.
func (b *redisBook) ready(ctx context.Context) error {
	err := b.clients[fromLeader].Ping(ctx).Err()
	if err == nil {
		b.met.Store(true)
	}
	return err
}

// readable tells whether a follower could be read: one that has lost its leader still has what it was sent.
// A pod that never met the leader takes no requests: a rollout of it would look well and lose every message.
func (b *redisBook) readable(ctx context.Context) error {
	if !b.met.Load() {
		return errNeverMet
	}
	state, err := b.clients[fromFollower].Info(ctx, "replication").Result()
	if err == nil && !hasData(state) {
		return errEmpty
	}
	return err
}

var errNeverMet = errors.New("this pod has never met the leader")

// errEmpty is about a follower that was started while the leader is away: its empty list is not the book's.
var errEmpty = errors.New("the follower has not been sent the entries yet")

// hasData reads INFO replication. A follower that has not met its leader since it was started says that it lost it -1
// seconds ago. What it found on its disk is from its first meeting ever: an old list, or an empty one.
func hasData(state string) bool {
	if !strings.Contains(state, "role:slave") || strings.Contains(state, "master_link_status:up") {
		return true
	}
	_, since, found := strings.Cut(state, "master_link_down_since_seconds:")
	return found && !strings.HasPrefix(since, "-")
}
