package client_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/licet/licet/client"
)

// server stands in for a running licet, so that the examples are tested.
func server(answer string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) }))
}

func ExampleClient_Open() {
	s := server(`{"granted":true,"licenseId":"lic1","licenseToken":"fltk_1","activeClientCount":1,"maxClientCount":5,
		"heartbeatInterval":{"seconds":300,"nanos":0},"license":{"licenseId":"lic1","licensingMode":2}}`)
	defer s.Close()
	ctx := context.Background()

	c, err := client.New(s.URL, client.WithAPIKey("api_0123456789"))
	if err != nil {
		fmt.Println(err)
		return
	}
	session, err := c.Open(ctx, client.Seat{UserKey: "JXYIK-WIMAR", ClientID: "editor-1"}, client.SessionOptions{})
	switch {
	case client.IsDenied(err):
		fmt.Println("no seat:", err)
		return
	case err != nil:
		fmt.Println("the license server is out of reach:", err)
		return
	}
	defer session.Close(ctx)

	fmt.Println("seats taken:", session.Grant().ActiveClients, "of", session.Grant().MaxClients)
	select {
	case err := <-session.Lost():
		fmt.Println("save your work:", err)
	default:
		fmt.Println("working")
	}
	// Output:
	// seats taken: 1 of 5
	// working
}

func ExampleClient_Activate() {
	s := server(`{"success":true,"licenseToken":"actk_1","tokenExpireAt":null,"activeClientCount":1,"maxClientCount":2147483647,
		"license":{"licenseId":"lic1","licensingMode":1,"licenseKey":[101,121,74]}}`)
	defer s.Close()

	c, err := client.New(s.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	grant, err := c.Activate(context.Background(), client.Seat{UserKey: "JXYIK-WIMAR", MachineID: "ADSQH-89GGJ", ClientID: "editor"})
	if errors.Is(err, client.NoSeatAvailable) {
		fmt.Println("this license runs on no more machines")
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(grant.License.Mode, grant.License.ID, "unlimited:", grant.MaxClients == client.Unlimited)
	// Output: activation lic1 unlimited: true
}

func ExampleClient_Report() {
	s := server(`{"reportId":1,"success":true,"code":0,"message":""}`)
	defer s.Close()

	c, err := client.New(s.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = c.Report(context.Background(), client.Report{
		Seat: client.Seat{UserKey: "JXYIK-WIMAR", MachineID: "ADSQH-89GGJ", ClientID: "editor"},
		Name: client.LicenseReport, Version: "2.1",
		ContentType: "application/json", Content: `{"runs":1,"exports":{"pdf":3}}`,
	})
	fmt.Println("sent:", err == nil)
	// Output: sent: true
}

func ExampleVerifyLicense() {
	// The vendor's side, for the example: a key and a signed document.
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	signed := encode(`{"alg":"EdDSA","kid":"2026","typ":"license+jwt"}`) + "." +
		encode(`{"licenseId":"lic1","expireDate":"2027-01-01T00:00:00Z"}`)
	document := signed + "." + encode(string(ed25519.Sign(private, []byte(signed))))
	shipped := fmt.Sprintf(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"2026","x":%q}]}`, encode(string(private[32:])))

	// The application's side.
	keys, err := client.ParseKeys([]byte(shipped))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, day := range []string{"2026-12-31", "2027-01-01"} {
		at, _ := time.Parse(time.DateOnly, day)
		license, err := client.VerifyLicense([]byte(document), keys, client.Check{At: at})
		if err != nil {
			fmt.Println(day, err)
			continue
		}
		fmt.Println(day, license.ID, "is valid")
	}
	// Output:
	// 2026-12-31 lic1 is valid
	// 2027-01-01 the license document has expired: on 2027-01-01T00:00:00Z
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
