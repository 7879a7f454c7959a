// Package dns01 has the options of DNS challenges; none has an effect.
package dns01

import (
	"strings"
	"time"
)

// ChallengeOption is an option of a challenge.
type ChallengeOption struct{}

// Options are a client's.
type Options struct{ RecursiveNameservers []string }

// Client looks up nothing.
type Client struct{}

// NewClient returns a client.
func NewClient(*Options) *Client { return &Client{} }

// SetDefaultClient does nothing.
func SetDefaultClient(*Client) {}

// CondOptions returns no option.
func CondOptions(bool, ...ChallengeOption) ChallengeOption { return ChallengeOption{} }

// DisableAuthoritativeNssPropagationRequirement returns an option.
func DisableAuthoritativeNssPropagationRequirement() ChallengeOption { return ChallengeOption{} }

// DisableRecursiveNSsPropagationRequirement returns an option.
func DisableRecursiveNSsPropagationRequirement() ChallengeOption { return ChallengeOption{} }

// PropagationWait returns an option.
func PropagationWait(time.Duration, bool) ChallengeOption { return ChallengeOption{} }

// UnFqdn returns a name without its last dot: Traefik asks for it at each TLS handshake.
func UnFqdn(name string) string { return strings.TrimSuffix(name, ".") }
