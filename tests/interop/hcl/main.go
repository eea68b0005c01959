// What hashicorp/hcl, which Terraform and Snowbridge read with, makes of texts: a JSON list of texts, each in base64, comes in; a list of
// verdicts goes out.
package main

import (
	"encoding/base64"
	"encoding/json"
	"os"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

type value struct {
	Kind    string            `json:"kind"`
	Text    string            `json:"text,omitempty"`
	Items   []*value          `json:"items,omitempty"`
	Entries map[string]*value `json:"entries,omitempty"`
	// Of a key that stands twice the last one counts.
	Twice bool `json:"twice,omitempty"`
}

type block struct {
	Type   string   `json:"type"`
	Labels []string `json:"labels"`
	Body   *body    `json:"body"`
}

type body struct {
	Attributes map[string]*value `json:"attributes"`
	Blocks     []*block          `json:"blocks"`
}

type verdict struct {
	Broken bool  `json:"broken"`
	Body   *body `json:"body,omitempty"`
	// What each attribute at the top is where a boolean is wanted.
	Bools map[string]string `json:"bools,omitempty"`
}

func plain(expr hclsyntax.Expression) *value {
	switch e := expr.(type) {
	case *hclsyntax.ParenthesesExpr:
		return plain(e.Expression)
	case *hclsyntax.TemplateWrapExpr:
		return plain(e.Wrapped)
	case *hclsyntax.LiteralValueExpr:
		return literal(e.Val)
	case *hclsyntax.UnaryOpExpr:
		inner, is := e.Val.(*hclsyntax.LiteralValueExpr)
		if is && e.Op == hclsyntax.OpNegate && inner.Val.Type() == cty.Number {
			return literal(inner.Val.Negate())
		}
	case *hclsyntax.TemplateExpr:
		for _, part := range e.Parts {
			if inner, is := part.(*hclsyntax.LiteralValueExpr); !is || inner.Val.Type() != cty.String {
				return &value{Kind: "computed"}
			}
		}
		text, _ := e.Value(nil)
		return literal(text)
	case *hclsyntax.TupleConsExpr:
		made := &value{Kind: "list", Items: []*value{}}
		for _, item := range e.Exprs {
			made.Items = append(made.Items, plain(item))
		}
		return made
	case *hclsyntax.ObjectConsExpr:
		made := &value{Kind: "object", Entries: map[string]*value{}}
		for _, item := range e.Items {
			key, diags := item.KeyExpr.Value(nil)
			if forced := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr); forced.ForceNonLiteral || diags.HasErrors() {
				return &value{Kind: "computed"}
			}
			key, err := convert.Convert(key, cty.String)
			if err != nil || key.IsNull() {
				return &value{Kind: "computed"}
			}
			_, known := made.Entries[key.AsString()]
			made.Twice = made.Twice || known
			made.Entries[key.AsString()] = plain(item.ValueExpr)
		}
		return made
	}
	return &value{Kind: "computed"}
}

func literal(v cty.Value) *value {
	switch {
	case v.IsNull():
		return &value{Kind: "null"}
	case v.Type() == cty.Bool && v.True():
		return &value{Kind: "bool", Text: "true"}
	case v.Type() == cty.Bool:
		return &value{Kind: "bool", Text: "false"}
	case v.Type() == cty.Number:
		return &value{Kind: "number", Text: v.AsBigFloat().Text('g', -1)}
	default:
		return &value{Kind: "text", Text: v.AsString()}
	}
}

func bodied(b *hclsyntax.Body) *body {
	made := &body{Attributes: map[string]*value{}, Blocks: []*block{}}
	for name, attribute := range b.Attributes {
		made.Attributes[name] = plain(attribute.Expr)
	}
	for _, inner := range b.Blocks {
		made.Blocks = append(made.Blocks, &block{inner.Type, append([]string{}, inner.Labels...), bodied(inner.Body)})
	}
	return made
}

func read(text []byte) verdict {
	file, diags := hclsyntax.ParseConfig(text, "", hcl.Pos{Line: 1, Column: 1})
	if diags.HasErrors() {
		return verdict{Broken: true}
	}
	top := file.Body.(*hclsyntax.Body)
	bools := map[string]string{}
	for name, attribute := range top.Attributes {
		v, diags := attribute.Expr.Value(nil)
		if diags.HasErrors() {
			bools[name] = "computed"
			continue
		}
		v, err := convert.Convert(v, cty.Bool)
		switch {
		case err != nil:
			bools[name] = "refused"
		case v.IsNull():
			bools[name] = "null"
		case !v.IsKnown():
			bools[name] = "computed"
		case v.True():
			bools[name] = "true"
		default:
			bools[name] = "false"
		}
	}
	return verdict{Body: bodied(top), Bools: bools}
}

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		panic(err)
	}
	verdicts := []verdict{}
	for _, text := range texts {
		bytes, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			panic(err)
		}
		verdicts = append(verdicts, read(bytes))
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		panic(err)
	}
}
