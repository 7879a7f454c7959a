// Package tlsalpn01 has the name of the protocol of TLS challenges, and presents none.
package tlsalpn01

import (
	"time"

	"github.com/go-acme/lego/v5/acme"
)

// ACMETLS1Protocol is the protocol that a challenge's connection names (RFC 8737).
const ACMETLS1Protocol = "acme-tls/1"

// ChallengeOption is an option of a challenge.
type ChallengeOption struct{}

// SetDelay returns an option.
func SetDelay(time.Duration) ChallengeOption { return ChallengeOption{} }

// ChallengeBlocks refuses.
func ChallengeBlocks(string, string) ([]byte, []byte, error) { return nil, nil, acme.ErrNotBuilt }
