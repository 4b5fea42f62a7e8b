package conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.socket.client.Ack;
import io.socket.client.AckWithTimeout;
import io.socket.client.IO;
import io.socket.client.Socket;
import io.socket.emitter.Emitter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.json.JSONObject;

/** A socket of the library under its label. What is forgotten reports nothing. */
final class Entry {
  final Socket socket;
  final IO.Options options;
  private final String label;
  private final Channel channel;
  private final Map<String, Emitter.Listener> listeners = new HashMap<>(); // by event: the last
  private final Map<String, Emitter.Listener> anyListeners = new HashMap<>(); // by direction
  volatile boolean forgotten;

  Entry(String label, Socket socket, IO.Options options, Channel channel) {
    this.label = label;
    this.socket = socket;
    this.options = options;
    this.channel = channel;
    socket.on(Socket.EVENT_CONNECT, args -> tell("connect", state(Values.object().put("id", socket.id()))));
    socket.on(Socket.EVENT_DISCONNECT, args -> tell("disconnect", state(Values.object().put("reason", (String) args[0]).put("id", socket.id()))));
    socket.on(Socket.EVENT_CONNECT_ERROR, args -> tell("connect_error", state(refusal(args.length > 0 ? args[0] : null))));
  }

  private void tell(String ev, ObjectNode members) {
    synchronized (channel) { // a socket that was forgotten says no last word
      if (!forgotten) {
        channel.report(ev, members.put("sock", label));
      }
    }
  }

  /** Adds what a listener sees of its socket. */
  private ObjectNode state(ObjectNode members) {
    return members.put("connected", socket.connected()).put("active", socket.isActive());
  }

  private static ObjectNode refusal(Object what) {
    if (what instanceof JSONObject object) {
      return Values.object().put("message", object.optString("message")).<ObjectNode>set("data", object.has("data") ? Values.pack(object.opt("data")) : Values.undefined());
    }
    String message = what instanceof Exception e ? String.valueOf(e.getMessage()) : String.valueOf(what);
    return Values.object().put("message", message).<ObjectNode>set("data", Values.undefined());
  }

  void on(JsonNode op) {
    String event = op.get("event").textValue();
    Emitter.Listener listener = args -> {
      boolean wanted = args.length > 0 && args[args.length - 1] instanceof Ack;
      Object[] values = wanted ? Arrays.copyOf(args, args.length - 1) : args;
      tell("event", Values.object().put("name", event).put("ack", wanted).<ObjectNode>set("args", Values.pack(values, 0)));
      if (wanted && op.has("reply") && !forgotten) {
        for (int i = 0; i < op.path("times").asInt(1); i++) {
          ((Ack) args[args.length - 1]).call(Values.unpackAll(op.get("reply")));
        }
      }
    };
    listeners.put(event, listener);
    if (op.path("once").asBoolean()) {
      socket.once(event, listener);
    } else {
      socket.on(event, listener);
    }
  }

  void off(JsonNode op) {
    socket.off(op.get("event").textValue(), listeners.get(op.get("event").textValue()));
  }

  void any(JsonNode op) {
    boolean out = op.get("dir").textValue().equals("out");
    Emitter.Listener listener = args -> {
      boolean wanted = args[args.length - 1] instanceof Ack;
      Object[] values = wanted ? Arrays.copyOf(args, args.length - 1) : args;
      tell(out ? "any_out" : "any", Values.object().<ObjectNode>set("name", Values.pack(values[0])).<ObjectNode>set("args", Values.pack(values, 1)));
    };
    anyListeners.put(op.get("dir").textValue(), listener);
    if (out) {
      socket.onAnyOutgoing(listener);
    } else {
      socket.onAnyIncoming(listener);
    }
  }

  void offAny(JsonNode op) {
    Emitter.Listener listener = anyListeners.get(op.get("dir").textValue());
    if (op.get("dir").textValue().equals("out")) {
      socket.offAnyOutgoing(listener);
    } else {
      socket.offAnyIncoming(listener);
    }
  }

  void throwOn(JsonNode op) {
    socket.on(op.get("event").textValue(), args -> {
      if (!forgotten) {
        throw new IllegalStateException("thrown by the listener");
      }
    });
  }

  void emit(JsonNode op) {
    for (String member : new String[] {"volatile", "promise"}) {
      if (op.has(member)) {
        throw new Unsupported(member);
      }
    }
    String event = op.get("event").textValue();
    if (event == null) {
      throw new Unsupported("a name that is no text");
    }
    Object[] args = Values.unpackAll(op.get("args"));
    if (!op.has("ack")) {
      socket.emit(event, args);
      return;
    }
    Object[] all = Arrays.copyOf(args, args.length + 1);
    all[args.length] = acknowledgement(op);
    socket.emit(event, all);
  }

  private Ack acknowledgement(JsonNode op) {
    String name = op.get("ack").textValue();
    if (!op.has("timeout")) {
      return values -> acknowledged(name, null, Values.pack(values, 0));
    }
    return new AckWithTimeout(op.get("timeout").longValue()) {
      @Override
      public void onSuccess(Object... values) {
        acknowledged(name, null, Values.pack(values, 0));
      }

      @Override
      public void onTimeout() {
        acknowledged(name, "timeout", Values.array());
      }
    };
  }

  private void acknowledged(String name, String err, ArrayNode args) {
    tell("ack", Values.object().put("label", name).put("err", err).<ObjectNode>set("args", args));
  }

  ObjectNode show() {
    return Values.object().put("connected", socket.connected()).put("id", socket.id()).put("active", socket.isActive());
  }

  /** Changes the credentials or the query, in the options that the library goes on reading. */
  void set(JsonNode op) {
    if (op.has("auth")) {
      if (options.auth == null) {
        throw new Unsupported("credentials where there were none");
      }
      Map<String, String> auth = Options.auth(op.get("auth"));
      options.auth.clear();
      options.auth.putAll(auth);
    }
    if (op.has("query")) {
      throw new Unsupported("another query");
    }
  }

  void forget() {
    synchronized (channel) {
      forgotten = true;
    }
    socket.io().reconnection(false);
    socket.disconnect();
  }
}
