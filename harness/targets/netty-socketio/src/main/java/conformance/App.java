package conformance;

import com.corundumstudio.socketio.AckMode;
import com.corundumstudio.socketio.AuthTokenResult;
import com.corundumstudio.socketio.Configuration;
import com.corundumstudio.socketio.SocketIOClient;
import com.corundumstudio.socketio.SocketIONamespace;
import com.corundumstudio.socketio.SocketIOServer;
import com.corundumstudio.socketio.protocol.EngineIOVersion;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;

/** The conformance app of sio-conform (docs/contract.md, version 1) on netty-socketio. */
public final class App {
  static final String IMPLEMENTATION = "netty-socketio 2.0.14";

  /** The arguments of a handler are declared with it. With this type an attachment arrives as base64 text. */
  static final Class<?>[] ANYTHING = new Class<?>[24];

  static final ObjectMapper JSON = new ObjectMapper();

  static {
    Arrays.fill(ANYTHING, JsonNode.class);
  }

  final SocketIOServer server;
  private final Set<String> declared = ConcurrentHashMap.newKeySet();

  private App(SocketIOServer server) {
    this.server = server;
  }

  /** Starts the server, on the port that is the argument or else the variable SIO_PORT. The library does not tell which port it chose, so that it must not be 0. */
  public static void main(String[] args) {
    Configuration config = configuration();
    config.setPort(Integer.parseInt(args.length > 0 ? args[0] : System.getenv("SIO_PORT")));
    App app = new App(new SocketIOServer(config));
    for (String name : List.of("/", "/custom", "/orders", "/users", "/guarded")) {
      app.declare(name);
    }
    app.server.getNamespace("/guarded").addAuthTokenListener((auth, client) ->
        auth instanceof Map<?, ?> credentials && "secret".equals(credentials.get("token"))
            ? AuthTokenResult.AuthTokenResultSuccess
            : new AuthTokenResult(false, Map.of("message", "not authorized", "data", Map.of("code", "TOKEN"))));
    app.server.start();
    System.out.println("listening on http://127.0.0.1:" + config.getPort());
  }

  /** Section 6: the options that the library has. A missing variable leaves its own default. */
  private static Configuration configuration() {
    Configuration config = new Configuration();
    config.setHostname("127.0.0.1");
    config.setAckMode(AckMode.MANUAL);
    config.getSocketConfig().setReuseAddress(true);
    String path = System.getenv("SIO_PATH");
    if (path != null) {
      config.setContext(path.replaceFirst("/$", ""));
    }
    number("SIO_PING_INTERVAL", config::setPingInterval);
    number("SIO_PING_TIMEOUT", config::setPingTimeout);
    number("SIO_UPGRADE_TIMEOUT", config::setUpgradeTimeout);
    number("SIO_MAX_PAYLOAD", config::setMaxHttpContentLength);
    number("SIO_MAX_PAYLOAD", config::setMaxFramePayloadLength);
    return config;
  }

  private static void number(String variable, IntConsumer option) {
    String value = System.getenv(variable);
    if (value != null && !value.isEmpty()) {
      option.accept(Integer.parseInt(value));
    }
  }

  /** Gives a namespace its handlers, the first time. */
  void declare(String name) {
    if (!declared.add(name)) {
      return;
    }
    SocketIONamespace namespace = server.addNamespace(inside(name));
    Operations operations = new Operations(this, namespace);
    namespace.addMultiTypeEventListener("message", (client, args, ack) -> client.sendEvent("message-back", args.getArgs().toArray()), ANYTHING);
    namespace.addMultiTypeEventListener("message-with-ack", (client, args, ack) -> ack.sendAckData(args.getArgs()), ANYTHING);
    namespace.addMultiTypeEventListener("op", (client, args, ack) -> operations.handle(client, args.getArgs(), ack), ANYTHING);
    namespace.addConnectListener(client -> client.sendEvent("auth", JSON.<JsonNode>valueToTree(credentials(client))));
  }

  /** The library's name of a namespace: the main one has none. */
  static String inside(String name) {
    return name.equals("/") ? "" : name;
  }

  static String outside(String name) {
    return name.isEmpty() ? "/" : name;
  }

  /** The CONNECT payload, in revision 4 the query parameter auth of the URL. The library does not hand out a namespace's own query. */
  static Map<?, ?> credentials(SocketIOClient client) {
    if (client.getEngineIOVersion() == EngineIOVersion.V4) {
      return client.getHandshakeData().getAuthToken() instanceof Map<?, ?> auth ? auth : Map.of();
    }
    String text = client.getNamespace().getName().isEmpty() ? client.getHandshakeData().getSingleUrlParam("auth") : null;
    try {
      return text != null && JSON.readValue(text, Object.class) instanceof Map<?, ?> auth ? auth : Map.of();
    } catch (JsonProcessingException e) {
      return Map.of();
    }
  }
}
