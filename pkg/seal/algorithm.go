package seal

import (
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Algorithm names how fields are sealed and indexed.
type Algorithm string

// The algorithms.
const (
	AES Algorithm = "AES-256-GCM"
	SM4 Algorithm = "SM4-GCM"
)

// keyBytes is the length of the algorithm's keys.
func (a Algorithm) keyBytes() (int, error) {
	switch a {
	case AES:
		return 32, nil
	case SM4:
		return 16, nil
	}
	return 0, fmt.Errorf("seal: unknown algorithm %q, it is %s or %s", a, AES, SM4)
}

func (a Algorithm) newKey() ([]byte, error) {
	n, err := a.keyBytes()
	key := make([]byte, n)
	rand.Read(key)
	return key, err
}

func (a Algorithm) aead(key []byte) (tink.AEAD, error) {
	n, err := a.keyBytes()
	if err != nil {
		return nil, err
	}
	if len(key) != n {
		return nil, fmt.Errorf("seal: a key of %s has %d bytes, not %d", a, n, len(key))
	}
	if a == AES {
		return subtle.NewAESGCM(key)
	}
	block, err := sm4.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	return national{gcm}, err
}

func (a Algorithm) hash() func() hash.Hash {
	if a == SM4 {
		return sm3.New
	}
	return sha256.New
}

// national is SM4-GCM with a random nonce before each text, as Tink does it for AES.
type national struct{ gcm cipher.AEAD }

func (n national) Encrypt(plain, associated []byte) ([]byte, error) {
	nonce := make([]byte, n.gcm.NonceSize(), n.gcm.NonceSize()+len(plain)+n.gcm.Overhead())
	rand.Read(nonce)
	return n.gcm.Seal(nonce, nonce, plain, associated), nil
}

func (n national) Decrypt(sealed, associated []byte) ([]byte, error) {
	if len(sealed) < n.gcm.NonceSize() {
		return nil, errTooShort
	}
	return n.gcm.Open(nil, sealed[:n.gcm.NonceSize()], sealed[n.gcm.NonceSize():], associated)
}
