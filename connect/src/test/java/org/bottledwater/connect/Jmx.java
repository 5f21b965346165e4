package org.bottledwater.connect;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** The metrics of a worker, as an operator's tool reads them. */
final class Jmx implements AutoCloseable {
    private final JMXConnector connector;
    private final MBeanServerConnection server;

    private Jmx(JMXConnector connector) throws IOException {
        this.connector = connector;
        this.server = connector.getMBeanServerConnection();
    }

    // The address is that of a worker of ours.
    @SuppressWarnings("BanJNDI")
    static Jmx of(long pid) throws IOException {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            try {
                return new Jmx(JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent())));
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException e) {
            throw new IOException("cannot attach to the worker: pid=" + pid, e);
        }
    }

    Object get(String bean, String attribute) throws JMException, IOException {
        return server.getAttribute(new ObjectName(bean), attribute);
    }

    long number(String bean, String attribute) throws JMException, IOException {
        return ((Number) get(bean, attribute)).longValue();
    }

    boolean has(String bean) throws JMException, IOException {
        return server.isRegistered(new ObjectName(bean));
    }

    @Override
    public void close() throws IOException {
        connector.close();
    }
}
