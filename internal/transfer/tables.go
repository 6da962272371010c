package transfer

import (
	"slices"

	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/vault"
)

// tables are what goes out and comes in, each after those it refers to.
func tables() []table {
	return slices.Concat(foundation(), people(), goods(), licenses(), organisations(), instances(), records())
}

// foundation is what the server knows of itself.
func foundation() []table {
	return []table{
		// The key check and the lease clock are in the header: there they are judged.
		declare("server_state", "name", `name value`).without(vault.CheckName, seat.LeaseClock, seat.LeaseTime, seat.LeaseGrace, markName),
		declare("settings", "group_name name", `group_name name value sealed:sealed? updated_at:time`),
		declare("resources", "id", `id:int name type code description source created_at:time? updated_at:time? data data_format
			meta sealed:sealed? key_id is_default:bool revoked_at:time?`),
	}
}

func people() []table {
	return []table{
		declare("customers", "id", `id:int title first_name last_name company code vat_code invoice_code rating:int created_at:time?
			updated_at:time? address address1 address2 postal_code region city country country_code map_coordinates
			map_zoom_level:real email phone mobile fax website notes is_reseller:bool image meta`),
		declare("contacts", "id", `id:int title first_name last_name email phone mobile fax details notify:bool
			customer_id:int>customers meta name created_at:time? updated_at:time?`),
		declare("custom_tags", "id", `id:int customer_id:int>customers tag_name value created_at:time? updated_at:time?`),
		declare("users", "id", `id user_name email password_hash customer_id:int?>customers created_at:time? updated_at:time?
			phone_number title first_name last_name department image address postal_code region city country country_code
			mobile notes birth_date:time? last_dismiss_messages:time? last_log_in:time? rank:int name_key?`),
		declare("user_roles", "user_id role", `user_id>users role`),
		declare("user_settings", "id", `id:int category group_name name value type description read_only:bool user_id>users`),
		declare("api_keys", "id", `id:int name key_prefix key_hash:blob secret_hash:blob? created_date:time? expire_date:time?
			owner_id>users revoked:bool permissions:int description`),
	}
}

func goods() []table {
	return []table{
		declare("products", "id", `id:int code name description url copyright created_at:time? image price:real
			reseller_price:real currency signature_keys_id:int?>resources meta version feature_name generator`),
		declare("releases", "id", `id:int product_id:int>products release_date:time? name version description`),
		declare("assemblies", "id", `id:int release_id:int?>releases name version culture public_key_token
			mapping_file_id:int?>resources debug_symbols_key`),
		declare("orders", "id", `id:int order_number status processed_by purchase_order total:real currency created_at:time?
			updated_at:time? invoice_number payment_type payment_number payment_status payment_date:time? description
			customer_id:int?>customers reseller_id:int?>customers`),
		declare("product_orders", "product_id order_id", `product_id:int>products order_id:int>orders quantity:int unit_price:real
			discount:real taxes:real description`),
	}
}

func licenses() []table {
	return []table{
		declare("license_templates", "id", `id:int name code license_type format:int licensing_mode:int license_file_name
			issue_date:bool expire_days:int? support_days:int? generate_key_info:bool user_key description template
			product_id:int?>products signature_keys_id:int?>resources product? components? assemblies? fields? features?
			restrictions? release_id:int?>releases order_terms?`),
		declare("licenses", "id", `id:int license_id license_type format:int description created_at:time? updated_at:time?
			issue_date:time? expire_date:time? support_expire_date:time? revoked:bool trace:bool license_key
			max_allowed_sites:int? user_key? licensing_mode:int licensee_name licensee_company licensee_email hash meta
			template_id:int?>license_templates signature_keys_id:int?>resources customer_id:int?>customers
			order_id:int?>orders product? licensee? components? assemblies? fields? features? restrictions?
			parent_id:int?>licenses revision:int`),
		declare("license_orders", "license_id", `license_id:int>licenses licensee_type licensee hostid_match_rate:int min_hostids:int
			activations_allowed:int deactivations_allowed:int hostids settings_description removal:bool
			removal_request_time:time? removal_confirmation_time:time? deactivations_used:int`),
		declare("seat_pools", "license_id kind", `license_id:int>licenses kind:int allowed:int? held:int`),
		declare("license_tokens", "id", `id:int kind:int token address client_id client_name machine_id issue_date:time
			expire_at:time? last_heartbeat:time? license_id:int>licenses node_locked_license_id:int?>licenses`),
		declare("order_activations", "token_id", `token_id:int>license_tokens license_id:int>license_orders sent_digest hostids machine_id client_id
			since:time pool ready:bool content filename expiration:time? maintenance_end:time?`),
		declare("order_jobs", "token_id", `token_id:int>order_activations created_at:time next_at:time attempts:int`),
		declare("order_failures", "id", `id:int license_id:int>license_orders digest sent_digest hostids asked_at:time message created_at:time`),
		declare("first_activations", "license_id digest", `license_id:int>license_orders digest time:time`),
		declare("activation_pools", "name", `name used:int`),
		declare("license_traces", "id", `id:int client_ip client_id client_name machine_id created_date:time action:int
			geo_location meta license_id:int>licenses`),
	}
}

func organisations() []table {
	return []table{
		declare("organisations", "id", `id:int public_id name description parent_id:int?>organisations parent_label status synchronised:bool
			icon logo_light dark_logo tenant_id:int? created_at:time updated_at:time`),
		declare("memberships", "user_id organisation_id", `user_id>users organisation_id:int>organisations role`),
		declare("license_definitions", "id", `id:int public_id name description category inheritable:bool created_at:time updated_at:time`),
		declare("editions", "id", `id:int public_id name description created_at:time updated_at:time`),
		declare("edition_licenses", "edition_id definition_id", `edition_id:int>editions definition_id:int>license_definitions`),
		declare("limit_definitions", "id", `id:int public_id name description created_at:time updated_at:time`),
		declare("organisation_licenses", "organisation_id definition_id", `organisation_id:int>organisations
			definition_id:int>license_definitions license_type expiration_date:time? position:int`),
		declare("organisation_editions", "organisation_id edition_id", `organisation_id:int>organisations edition_id:int>editions
			expiration_date:time position:int`),
		declare("organisation_limits", "organisation_id limit_definition_id", `organisation_id:int>organisations
			limit_definition_id:int>limit_definitions value:int position:int`),
		declare("limit_usage", "organisation_id limit_definition_id", `organisation_id:int>organisations
			limit_definition_id:int>limit_definitions used:int`),
		declare("limit_requests", "organisation_id idempotency_key", `organisation_id:int>organisations idempotency_key
			limit_definition_id:int>limit_definitions units:int used:int value:int made_at:time`),
	}
}

func instances() []table {
	return []table{
		declare("regulatory_licenses", "id", `id:int name version status icon params group_script score_script created_at:time updated_at:time`),
		declare("score_groups", "id", `id:int license_id:int>regulatory_licenses name title description status created_at:time updated_at:time`),
		declare("projects", "id", `id:int organisation_id:int?>organisations name legal_name description icon website network_status
			coin_gecko_id params tags view_tenant_ids type meta tenant_id:int? status created_at:time updated_at:time`),
		declare("license_instances", "id", `id:int license_id:int>regulatory_licenses organisation_id:int>organisations
			project_id:int>projects license_status status created_at:time updated_at:time`),
		declare("license_instance_meta", "id", `id:int instance_id:int>license_instances status started_at:time? expired_at:time?
			created_at:time updated_at:time`),
	}
}

// records are what was told, sent and done.
func records() []table {
	return []table{
		declare("reports", "id", `id:int uid name version date:time user_key machine_id client_id client_name content_type content
			address merges:bool`),
		declare("report_properties", "id", `id:int name value report_id:int>reports`),
		declare("mails", "id", `id:int message_id state subject recipients created_at:time next_at:time? settled_at:time?
			attempts:int last_error`),
		declare("mail_contents", "mail_id", `mail_id:int>mails body is_html:bool attachments`),
		declare("log_entries", "id", `id:int message message_template level time_stamp:time exception properties`),
		declare("audit_entries", "id", `id:int at:time user_id api_key_id:int address request_id action entity entity_id details`),
	}
}

// leftOut are the tables, and columns as TABLE.COLUMN, that stay, with the reason.
func leftOut() map[string]string {
	return map[string]string{
		"goose_db_version":         "the schema is made by the program that imports",
		"sqlite_sequence":          "in the header, as PostgreSQL's sequences are",
		"role_descriptions":        "made by the schema, and nobody can change them",
		"sessions":                 "who is logged in logs in again",
		"license_figures":          "counted by triggers as licenses come in",
		"mails.claimed_until":      "until when a server is busy with a mail: none is",
		"order_jobs.claimed_until": "until when a server is busy with a license: none is",
	}
}
