import Branching

/// JSON Schemas of the tools' structured results. They name every member and its type; members that are absent when they have
/// nothing to say are simply not required.
enum OutputSchemas {
    static func object(_ properties: [String: JSONValue], required: [String] = []) -> JSONValue {
        var members: [String: JSONValue] = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { members["required"] = .array(required.map(JSONValue.string)) }
        return .object(members)
    }

    static func array(of items: JSONValue) -> JSONValue { ["type": "array", "items": items] }

    static let text: JSONValue = ["type": "string"]
    static let optionalText: JSONValue = ["type": ["string", "null"]]
    static let integer: JSONValue = ["type": "integer"]
    static let number: JSONValue = ["type": "number"]
    static let flag: JSONValue = ["type": "boolean"]
    static let anyObject: JSONValue = ["type": ["object", "null"]]
    static let texts = array(of: text)

    static let branch = object(
        [
            "branch_id": text, "name": text, "schema_name": text, "from": text, "mode": ["type": "string", "enum": ["snapshot", "live"]],
            "status": ["type": "string", "enum": ["active", "merged", "discarded", "expired"]], "base_version": integer, "version": integer,
            "created_at": text, "expires_at": optionalText, "last_used_at": optionalText, "ttl_seconds": integer,
            "description": optionalText, "agent_id": optionalText, "table_count": integer, "sessions": integer, "parent": optionalText,
            "depth": integer, "tables_modified": texts, "materialized_tables": texts, "views": texts, "unique_bytes": integer,
        ], required: ["branch_id", "name", "schema_name"])

    static let columns = array(of: object(["name": text, "type": text], required: ["name", "type"]))

    static let query = object(
        [
            "columns": columns, "rows": array(of: ["type": "array"]), "row_count": integer, "truncated": flag, "rows_affected": integer,
            "branch": text, "command": text, "elapsed_ms": number,
        ], required: ["columns", "rows", "row_count", "truncated", "rows_affected", "branch", "elapsed_ms"])

    static let schemaChange = object([
        "type": text, "name": text, "change": text, "sql_before": optionalText, "sql_after": optionalText, "renamed_from": optionalText,
        "columns": array(of: object(["kind": text, "name": text, "before": optionalText, "after": optionalText])),
    ])

    static let diff = object(
        [
            "branch": text, "base": text, "base_version": integer, "branch_version": integer, "schema": array(of: schemaChange),
            "tables": array(
                of: object([
                    "table": text, "renamed_from": optionalText, "inserted": integer, "updated": integer, "deleted": integer, "columns": texts, "key_columns": texts,
                    "rows": array(
                        of: object([
                            "kind": ["type": "string", "enum": ["inserted", "updated", "deleted"]], "key": anyObject, "before": anyObject,
                            "after": anyObject, "changed_columns": texts,
                        ])),
                ])),
            "format": text, "text": optionalText, "data": optionalText, "differences": integer, "notes": texts, "next_cursor": optionalText,
        ], required: ["branch", "base"])

    static let history = object(
        [
            "branch": text, "branch_id": text,
            "versions": array(
                of: object(
                    [
                        "version": integer, "time": text, "branch": text, "session": optionalText, "statement": optionalText,
                        "rows_changed": ["type": ["integer", "null"]], "parents": array(of: integer), "is_head": flag,
                    ], required: ["version", "time", "branch", "parents", "is_head"])),
            "next_before": ["type": ["integer", "null"]],
        ], required: ["branch", "branch_id", "versions"])

    static let restore = object(
        [
            "branch": text, "branch_id": text, "version": integer, "previous_version": integer, "restored_version": ["type": ["integer", "null"]],
            "undropped": flag,
        ], required: ["branch", "branch_id", "version", "previous_version", "undropped"])

    static let merge = object(
        [
            "status": ["type": "string", "enum": ["merged", "up_to_date", "conflicts", "aborted"]], "branch": text, "target": text,
            "dry_run": flag, "fast_forward": flag, "version": integer, "source_version": integer, "target_version": integer,
            "merged": integer, "schema_changes": array(of: schemaChange),
            "tables": array(
                of: object(["table": text, "inserted": integer, "updated": integer, "deleted": integer, "conflicts": integer])),
            "conflicts": array(
                of: object([
                    "id": text, "table": text, "key": anyObject, "kind": text, "columns": texts, "base": anyObject, "branch": anyObject,
                    "target": anyObject,
                ])),
            "conflict_count": integer, "counted": flag, "discarded": flag, "discard_error": object(["code": text, "message": text]),
            "violations": array(
                of: object([
                    "kind": text, "constraint": text, "table": text, "rows": ["type": "array"], "row_count": integer,
                    "versions": array(of: object(["base": anyObject, "branch": anyObject, "target": anyObject])),
                    "parents": array(of: object(["base": anyObject, "branch": anyObject, "target": anyObject])),
                ])),
        ], required: ["status", "conflicts"])

    static let shadow = object(
        [
            "branches": array(
                of: object([
                    "branch": text, "columns": columns, "rows": array(of: ["type": "array"]), "row_count": integer,
                    "elapsed_ms": object(["min": number, "median": number, "max": number]), "plan": ["type": ["array", "null"]],
                    "error": anyObject,
                ])),
            "comparison": object([
                "equal_groups": array(of: texts), "all_equal": flag, "differences": ["type": "array"], "deltas": anyObject,
                "fastest": optionalText,
            ]),
        ], required: ["branches", "comparison"])

    /// The list-like tools' structured form: the array under a name, for MCP wants an object.
    static func list(_ name: String, of items: JSONValue) -> JSONValue { object([name: array(of: items)], required: [name]) }
}
