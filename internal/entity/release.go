package entity

// Release is a version of a product as it was published.
type Release struct {
	ID          int64  `bun:"id,pk,autoincrement" json:"id"`
	ReleaseDate Time   `bun:"release_date" json:"releaseDate"`
	Name        string `bun:"name" json:"name"`
	Version     string `bun:"version" json:"version"`
	Description string `bun:"description" json:"description"`
	ProductID   int64  `bun:"product_id" json:"-"` // on the wire the path says it
}

// Assembly is a file that a product consists of: one of a release, or one that
// stands alone.
type Assembly struct {
	ID              int64  `bun:"id,pk,autoincrement" json:"id"`
	Name            string `bun:"name" json:"name"`
	Version         string `bun:"version" json:"version"`
	Culture         string `bun:"culture" json:"culture"`
	PublicKeyToken  string `bun:"public_key_token" json:"publicKeyToken"`
	MappingFileID   *int64 `bun:"mapping_file_id" json:"mappingFileId"` // a resource: the obfuscator's map of names
	DebugSymbolsKey string `bun:"debug_symbols_key" json:"debugSymbolsKey"`
	ReleaseID       *int64 `bun:"release_id" json:"-"` // nil: it stands alone
}
