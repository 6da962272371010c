package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// pageOp is an operation of the published management page: its parameters, and
// examples of its bodies that show names and JSON types.
type pageOp struct {
	Method, Path string
	Parameters   []struct{ Name, In, Type string }
	Request      map[string]any
	Response     map[string]any
}

// takes says whether the page gives the operation that query parameter.
func (op pageOp) takes(name string) bool {
	return slices.ContainsFunc(op.Parameters, func(p struct{ Name, In, Type string }) bool {
		return p.In == "query" && p.Name == name
	})
}

// items is the list in the answer of an operation, and its total; "" when it
// has none.
func (op pageOp) items() (items, total string) {
	for name, v := range op.Response {
		if _, list := v.([]any); list {
			items = name
		}
		if strings.HasPrefix(name, "total") {
			total = name
		}
	}
	return items, total
}

func managementPage(t *testing.T) map[string]pageOp {
	t.Helper()
	text, err := os.ReadFile("testdata/management.json")
	if err != nil {
		t.Fatal(err)
	}
	var ops []pageOp
	if err := json.Unmarshal(text, &ops); err != nil {
		t.Fatal(err)
	}
	page := map[string]pageOp{}
	for _, op := range ops {
		page[op.Method+" "+op.Path] = op
	}
	if len(page) != 83 {
		t.Fatalf("%d operations on the page", len(page))
	}
	return page
}

// mayBeNull are documented members that have no value until somebody gives them
// one: references, limits, dates, secrets, and relations that are not asked for.
func mayBeNull(name string) bool {
	return slices.Contains([]string{
		"maxAllowedSites", "templateId", "signatureKeysId", "customerId", "orderId", "productId", "releaseId", "resellerId",
		"nodeLockedLicenseId", "expireDays", "supportDays", "mappingFileId", "password", "clientSecret",
		"product", "order", "customer", "template", "licensee", "license", "nodeLockedLicense", "signatureKeys",
		"expireDate", "supportExpireDate", "lastHeartbeat", "birthDate", "lastDismissMessages", "lastLogIn", "paymentDate",
	}, name)
}

// unlike says where an answer differs from the documented example: a member
// that is missing or has another JSON type. Of a list its first item counts,
// and there must be one, but for lists that belong to an item.
func unlike(path string, want, got any) []string {
	name := path[strings.LastIndexByte(path, '.')+1:]
	if got == nil && (want == nil || mayBeNull(name)) {
		return nil
	}
	switch w := want.(type) {
	case nil:
		return nil
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %T, documented is an object", path, got)}
		}
		var all []string
		for _, member := range slices.Sorted(maps.Keys(w)) {
			v, there := object[member]
			switch {
			case there:
				all = append(all, unlike(path+"."+member, w[member], v)...)
			case member != "property1" && member != "property2": // examples of names that are data
				all = append(all, path+"."+member+" is missing")
			}
		}
		return all
	case []any:
		items, ok := got.([]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %T, documented is a list", path, got)}
		}
		if len(items) == 0 {
			if strings.Contains(path, "[]") {
				return nil
			}
			return []string{path + " is empty"}
		}
		return unlike(path+"[]", w[0], items[0])
	}
	if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
		return []string{fmt.Sprintf("%s is %T, documented is %T", path, got, want)}
	}
	return nil
}
