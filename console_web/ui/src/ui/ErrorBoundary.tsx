/** A panel that throws says so and what to do; the panels beside it go on. */
import { Component, type ComponentChildren } from "preact";
import { t } from "../locale";
import { IconWarn } from "./icons";

interface Props {
  panel: string;
  children: ComponentChildren;
}

export class ErrorBoundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  override componentDidCatch(error: unknown): void {
    console.error(this.props.panel, error);
    this.setState({ failed: true });
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <div class="panel-failed" role="alert">
        <IconWarn />
        <strong>{t("panel.failed", { panel: this.props.panel })}</strong>
        <p>{t("panel.failed.remedy")}</p>
        <button type="button" class="button" onClick={() => this.setState({ failed: false })}>
          {t("panel.retry")}
        </button>
      </div>
    );
  }
}
