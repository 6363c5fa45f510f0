import Branching
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// The MCP door over HTTP: streamable HTTP at `/mcp`, the older HTTP+SSE transport at `/mcp/sse`, health and metrics.
final class HTTPDoor: Sendable {
    struct Settings: Sendable {
        /// A longer body is refused with 413.
        var maximumBodyBytes = 256 * 1024 * 1024
        /// Time between two comments that keep a silent event stream open.
        var keepAliveInterval: Duration = .seconds(15)
    }

    let service: any BranchService
    let registry: SessionRegistry
    let requestGuard: RequestGuard
    let metrics: ServerMetrics
    let logger: Logger
    let settings: Settings
    /// The port that is really listened on; known once the server runs.
    private let boundPort: Mutex<Int>
    private let draining = Mutex(false)

    init(
        service: any BranchService, registry: SessionRegistry, requestGuard: RequestGuard, metrics: ServerMetrics, logger: Logger,
        port: Int, settings: Settings = Settings()
    ) {
        self.service = service
        self.registry = registry
        self.requestGuard = requestGuard
        self.metrics = metrics
        self.logger = logger
        self.settings = settings
        boundPort = Mutex(port)
    }

    var port: Int { boundPort.withLock { $0 } }
    func setPort(_ port: Int) { boundPort.withLock { $0 = port } }
    /// From now on `/health` says that the server is going away.
    func drain() { draining.withLock { $0 = true } }
    var isDraining: Bool { draining.withLock { $0 } }

    func makeRouter() -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        route(router, "/mcp", .post) { door, request, principal in await door.post(request, principal) }
        route(router, "/mcp", .get) { door, request, principal in await door.openStream(request, principal) }
        route(router, "/mcp", .delete) { door, request, principal in await door.endSession(request, principal) }
        route(router, "/mcp/sse", .get) { door, request, principal in await door.openLegacyStream(request, principal) }
        // Clients that were given the old address but speak the newer transport try it there first.
        route(router, "/mcp/sse", .post) { door, request, principal in await door.post(request, principal) }
        route(router, "/mcp/sse", .delete) { door, request, principal in await door.endSession(request, principal) }
        route(router, "/mcp/messages", .post) { door, request, principal in await door.postLegacyMessage(request, principal) }
        route(router, "/metrics", .get) { door, _, principal in await door.metricsText(principal) }
        for path in ["/health", "/v1/health"] {
            router.on(RouterPath(path), method: .get) { [self] request, _ in await counted { await health(request) } }
        }
        return router
    }

    private typealias Handler = @Sendable (HTTPDoor, Request, Principal) async -> Response

    private func route(_ router: Router<BasicRequestContext>, _ path: String, _ method: HTTPRequest.Method, _ handler: @escaping Handler) {
        router.on(RouterPath(path), method: method) { [self] request, _ in
            await counted {
                do throws(RequestGuard.Refusal) {
                    return await handler(self, request, try requestGuard.admit(request.facts, port: port))
                } catch {
                    return Self.refused(error)
                }
            }
        }
    }

    private func counted(_ body: () async -> Response) async -> Response {
        let response = await body()
        metrics.requestAnswered(status: response.status.code)
        return response
    }

    private static func refused(_ refusal: RequestGuard.Refusal) -> Response {
        switch refusal {
        case .forbidden(let error): Replies.refusal(.forbidden, error)
        case .unauthenticated(let error): Replies.refusal(.unauthorized, error, headers: [.wwwAuthenticate: "ApiKey, Bearer"])
        }
    }

    // MARK: - Health and metrics

    private func health(_ request: Request) async -> Response {
        // With keys the health of the server is no secret; without them the same rules hold as everywhere.
        if case .open = requestGuard.mode {
            do throws(RequestGuard.Refusal) {
                _ = try requestGuard.admit(request.facts, port: port)
            } catch {
                return Self.refused(error)
            }
        }
        var body: [String: JSONValue] = [
            "version": .string(ServerVersion.current), "uptime_seconds": .double((metrics.uptimeSeconds * 1000).rounded() / 1000),
        ]
        do throws(BranchLiteError) {
            body["branches"] = .integer(Int64(try await service.branches(.active).count))
            body["status"] = isDraining ? "stopping" : "ok"
        } catch {
            body["status"] = "failing"
            body["error"] = ResultJSON.errorValue(error)
        }
        return Replies.json(JSONValue.object(body).jsonBytes, status: body["status"] == "ok" ? .ok : .serviceUnavailable)
    }

    private func metricsText(_ principal: Principal) async -> Response {
        guard principal.allows(.read) else { return Replies.refusal(.forbidden, ToolDispatcher.missingScope(.read, principal, "/metrics")) }
        var branches: [String: Int] = [:]
        if let all = try? await service.branches(.all) {
            for branch in all { branches[branch.status.rawValue, default: 0] += 1 }
        }
        return Replies.text(metrics.prometheusText(branches: branches), type: MediaType.prometheus)
    }
}

extension Request {
    var facts: RequestFacts {
        RequestFacts(host: head.authority ?? headers[.host], origin: headers[.origin], authorization: headers[.authorization])
    }
}

extension HTTPField.Name {
    static let host = HTTPField.Name("Host")!
}
