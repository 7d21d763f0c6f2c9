/** By which channels agencies and chiefs are told, and whether they work. */
import { useEffect, useState } from "preact/hooks";
import * as api from "../api/endpoints";
import type { Channel } from "../api/types";
import { t } from "../locale";
import { agencyName } from "../state/agencies";
import { dateClock } from "../time";
import { channelName } from "./Delivery";
import { IconReceived, IconWarn } from "./icons";
import { sayError } from "./notices";

const EVERY_MS = 5_000;

function Row({ channel }: { channel: Channel }) {
  const failing = channel.failing_since_wall_ms !== null;
  const untried = !failing && channel.delivered_wall_ms === null;
  return (
    <tr>
      <td><strong>{channelName(channel.name)}{channel.agency !== null && ` · ${agencyName(channel.agency)}`}</strong></td>
      <td>{t(`channel.kind.${channel.kind}`)}</td>
      <td>{untried ? t("channels.untried")
        : <span class={failing ? "mark stream-offline" : "mark stream-online"}>{failing ? <IconWarn /> : <IconReceived />}{t(failing ? "channels.failing" : "channels.works")}</span>}</td>
      <td class="num">{channel.delivered_wall_ms === null ? "–" : dateClock(channel.delivered_wall_ms)}</td>
      <td class="num">{channel.waiting}</td>
      <td>{channel.fault_wall_ms === null ? "–" : <><span class="num">{dateClock(channel.fault_wall_ms)}</span> {channel.fault}</>}</td>
    </tr>
  );
}

export function Channels() {
  const [found, setFound] = useState<readonly Channel[] | null>(null);
  useEffect(() => {
    const load = (): void => {
      api.channels().then((listed) => setFound(listed.items), sayError);
    };
    load();
    const timer = setInterval(load, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  if (!found) return <p class="empty">{t("loading")}</p>;
  return (
    <section class="panel table-panel" aria-label={t("channels.title")}>
      <h2 class="panel-title">{t("channels.title")}<small class="hold-budget">{t("channels.test")}</small></h2>
      <div class="table-scroll">
        <table>
          <thead><tr><th>{t("channels.name")}</th><th>{t("channels.kind")}</th><th>{t("channels.state")}</th><th>{t("channels.delivered")}</th><th>{t("channels.waiting")}</th><th>{t("channels.fault")}</th></tr></thead>
          <tbody>{found.map((channel) => <Row key={`${channel.name}/${channel.agency ?? ""}`} channel={channel} />)}</tbody>
        </table>
      </div>
    </section>
  );
}
